//! A pack as lines of text, for people and for telling two packs apart.

use alloc::{format, string::String, vec::Vec};

use super::{
    Pack, Strength,
    format::{Binding, UNBOUNDED},
    rows::{ElementRow, StructureRow},
};

impl Pack {
    /// What the pack says, one fact to a line, in an order that never changes:
    /// `Task.status 1..1 code, modifier, required http://hl7.org/fhir/ValueSet/task-status`.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = alloc::vec![format!("{} from {}", self.id(), self.source())];
        for structure in self.structures() {
            let name = self.text(structure.name);
            lines.push(format!("{name}: {:?}", structure.kind));
            for constraint in self.constraints(structure) {
                let expression = self.text(constraint.expression);
                lines.push(format!(
                    "{name} {} {:?}: {expression}",
                    self.text(constraint.key),
                    constraint.severity
                ));
            }
            for element in self.elements(structure) {
                lines.push(self.element_line(structure, element));
                for constraint in self.element_constraints(element) {
                    let expression = self.text(constraint.expression);
                    let path = format!("{name}.{}", self.text(element.name));
                    lines.push(format!(
                        "{path} {} {:?}: {expression}",
                        self.text(constraint.key),
                        constraint.severity
                    ));
                }
            }
        }
        for row in self.profile_rows() {
            let Ok(json) = serde_json::to_string(&*row.profile) else { continue };
            lines.push(format!("{}: {json}", row.profile.url));
            row.profile.root.for_each(&mut |element| {
                for constraint in
                    element.constraints.iter().filter_map(|&at| self.profile_constraint(row, at))
                {
                    let [key, expression] =
                        [constraint.key, constraint.expression].map(|text| self.text(text));
                    lines.push(format!("{} {key} {:?}: {expression}", row.profile.url, constraint.severity));
                }
            });
        }
        lines.extend(self.lifecycle().map(Into::into));
        for (url, binding, codes) in self.value_sets() {
            let content = match binding {
                Binding::Codes => codes.join(" "),
                Binding::MediaType => "any media type".into(),
                Binding::Open => "open".into(),
            };
            lines.push(format!("{url}: {content}"));
        }
        lines.extend(self.search_parameters().map(|(url, of)| format!("{url}: {of}")));
        lines
    }

    fn element_line(&self, structure: &StructureRow, element: &ElementRow) -> String {
        let max = if element.max == UNBOUNDED { "*".into() } else { format!("{}", element.max) };
        let types: Vec<String> = self
            .members(element)
            .iter()
            .map(|member| {
                let name = self.text(self.structure_at(member.structure).name);
                let targets: Vec<_> = self.targets(member).map(|target| self.text(target.name)).collect();
                if targets.is_empty() { name.into() } else { format!("{name}({})", targets.join("|")) }
            })
            .collect();
        let modifier = if element.is_modifier { ", modifier" } else { "" };
        let binding = self.binding(element).map_or_else(String::new, |(strength, codes)| {
            let strength = match strength {
                Strength::Required => "required",
                Strength::Extensible => "extensible",
                Strength::Preferred => "preferred",
                Strength::Example => "example",
            };
            format!(", {strength} {}", codes.url())
        });
        let (name, own) = (self.text(structure.name), self.text(element.name));
        format!("{name}.{own} {}..{max} {}{modifier}{binding}", element.min, types.join(" or "))
    }
}
