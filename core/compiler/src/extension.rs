//! Definitions of extensions: the elements of `Extension`, narrowed, under the URL of the extension.

use std::mem;

use fhir_solicit_validator::pack::{
    Constraint, Draft, Element, Kind, ProfileElement, ProfileType, Structure, Type,
};

use crate::{BASE, Error, definitions::StructureDefinition, profile::without_version, types::unknown};

/// Where R4's own definitions have an extension although its contexts do not say so: the
/// definitions are what everybody's tools read, so the contexts are what is incomplete.
const MORE_CONTEXTS: &[(&str, &[&str])] = &[
    ("http://hl7.org/fhir/StructureDefinition/regex", &["ElementDefinition.type"]),
    ("http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type", &["ElementDefinition.type"]),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-normative-version",
        &["DomainResource", "ElementDefinition"],
    ),
];

/// Whether `definition` defines an extension, rather than the type `Extension`.
pub(crate) fn is_one(definition: &StructureDefinition) -> bool {
    definition.type_name == "Extension" && definition.is_constraint
}

/// The structures of an extension whose tree is `root`: itself, those nested in it, where it may stand.
pub(crate) fn structures(
    definition: &StructureDefinition,
    root: &ProfileElement,
    base: &Draft,
    constraints: &[Constraint],
) -> Result<Vec<(String, Structure)>, Error> {
    let of = base.structures.get("Extension").ok_or_else(|| Error::Missing("Extension".into()))?;
    let is_modifier = definition.elements.first().is_some_and(|root| root.fields.is_modifier);
    let kind = if is_modifier { Kind::ModifierExtension } else { Kind::Extension };
    let rows = |rows: &[u32]| rows.iter().filter_map(|&row| constraints.get(row as usize)).cloned().collect();
    let mut structures = Vec::new();
    let mut open = vec![(root, definition.url.clone())];
    while let Some((node, name)) = open.pop() {
        let mut elements = Vec::new();
        for element in &of.elements {
            let mut element = element.clone();
            let found = node.elements.iter().find(|one| one.name == element.name);
            if let Some(found) = found {
                narrow(&mut element, found, base, rows(&found.constraints));
            }
            if element.max == Some(0) {
                continue;
            }
            let slices = found.map_or(&[][..], |found| &found.slices);
            if element.name == "extension" && !slices.is_empty() {
                let nested = nested(definition, slices, &name)?;
                let inner =
                    slices.iter().zip(&nested).filter(|(_, element)| element.types[0].name != "Extension");
                open.extend(inner.map(|(slice, element)| (slice, element.types[0].name.clone())));
                point(&mut element, &mut structures, Kind::Nested, format!("{name}#"), nested);
            }
            if element.name == "url" && name == definition.url {
                let context = contexts(definition);
                if !context.is_empty() {
                    point(&mut element, &mut structures, Kind::Context, format!("{name}@"), context);
                }
            }
            elements.push(element);
        }
        let mut constraints: Vec<Constraint> = rows(&node.constraints);
        constraints.splice(0..0, of.constraints.iter().cloned());
        let kind = if name == definition.url { kind } else { Kind::Extension };
        structures.push((name, Structure { kind, elements, constraints }));
    }
    Ok(structures)
}

/// Narrows an element of the type `Extension` to what is said of it.
fn narrow(element: &mut Element, by: &ProfileElement, base: &Draft, constraints: Vec<Constraint>) {
    element.min = element.min.max(by.min);
    element.max = by.max.or(element.max);
    element.constraints.extend(constraints);
    if let Some(binding) = &by.binding {
        element.binding = Some((binding.strength, binding.value_set.clone()));
    }
    let known = |url: &String| {
        url.strip_prefix(BASE).filter(|name| base.structures.contains_key(*name)).map(Into::into)
    };
    let narrowed = |one: &ProfileType| {
        let of_type = element.types.iter().find(|other| other.name == one.code);
        let targets: Vec<String> = one.targets.iter().filter_map(known).collect();
        let of_type = || of_type.map(|of_type| of_type.targets.clone()).unwrap_or_default();
        // One that is a profile is the profile's to check.
        let is_known = targets.len() == one.targets.len() && !targets.is_empty();
        Type { name: one.code.clone(), targets: if is_known { targets } else { of_type() } }
    };
    if !by.types.is_empty() {
        element.types = by.types.iter().map(narrowed).collect();
    }
}

/// The extensions nested in the one called `name`, each an element called as its `url`.
fn nested(
    definition: &StructureDefinition,
    slices: &[ProfileElement],
    name: &str,
) -> Result<Vec<Element>, Error> {
    let element = |slice: &ProfileElement| {
        let absent = || {
            let slice = slice.slice.as_deref().unwrap_or_default();
            unknown(&definition.url, &format!("extension:{slice}"), "nested extension without url", name)
        };
        let (url, of) = match (own_url(slice), profile(slice)) {
            (Some(url), _) => {
                let of = format!("{name}#{url}");
                (url, of)
            }
            // Defined on its own: it is checked by its URL wherever it stands.
            (None, Some(url)) => (url.to_owned(), "Extension".into()),
            (None, None) => return Err(absent()),
        };
        Ok(Element {
            name: url,
            min: slice.min,
            max: slice.max,
            is_modifier: false,
            types: vec![Type { name: of, targets: vec![] }],
            binding: None,
            constraints: vec![],
        })
    };
    slices.iter().map(element).collect()
}

fn own_url(slice: &ProfileElement) -> Option<String> {
    let url = slice.elements.iter().find(|one| one.name == "url")?;
    Some(url.fixed.as_ref().or(url.pattern.as_ref())?.root().as_str()?.into_owned())
}

fn profile(slice: &ProfileElement) -> Option<&str> {
    slice.types.iter().find_map(|one| one.profiles.first()).map(|url| without_version(url))
}

/// Where the extension may stand, as paths; none where some of it is said in another way.
fn contexts(definition: &StructureDefinition) -> Vec<Element> {
    if definition.context.iter().any(|context| context.kind != "element") {
        return Vec::new();
    }
    let more = MORE_CONTEXTS.iter().filter(|(url, _)| *url == definition.url).flat_map(|(_, more)| *more);
    let paths = definition.context.iter().map(|context| context.expression.as_str()).chain(more.copied());
    let context = |path: &str| Element {
        name: path.into(),
        min: 0,
        max: None,
        is_modifier: false,
        types: vec![],
        binding: None,
        constraints: vec![],
    };
    paths.map(context).collect()
}

/// Leaves in the tree of an extension what its structure cannot say, so that nothing is checked twice.
pub(crate) fn leave_to_structure(root: &mut ProfileElement) {
    let elements = mem::take(&mut root.elements);
    let kept = elements.into_iter().filter_map(|mut element| {
        match element.name.as_str() {
            "extension" => {
                element.slices.retain_mut(|slice| {
                    let url = slice.elements.iter().position(|one| one.name == "url");
                    let url = url.map(|at| slice.elements.remove(at));
                    let types = mem::take(&mut slice.types);
                    leave_to_structure(slice);
                    let is_kept = !slice.elements.is_empty();
                    // What tells the slice from others stays with it.
                    match url {
                        Some(url) if is_kept => slice.elements.push(url),
                        _ => slice.types = types,
                    }
                    is_kept
                });
                let slices = mem::take(&mut element.slices);
                element = ProfileElement { name: element.name, slices, ..ProfileElement::default() };
            }
            "value[x]" => {
                (element.min, element.max, element.binding) = (0, None, None);
                element.constraints.clear();
                if element.types.iter().all(is_told_by_structure) {
                    element.types.clear();
                }
            }
            _ => return None,
        }
        let nothing = ProfileElement { name: element.name.clone(), ..ProfileElement::default() };
        (element != nothing).then_some(element)
    });
    let elements = kept.collect();
    let (name, slice) = (mem::take(&mut root.name), root.slice.take());
    *root = ProfileElement { name, slice, elements, ..ProfileElement::default() };
}

fn is_told_by_structure(one: &ProfileType) -> bool {
    one.profiles.is_empty()
        && one.aggregation.is_empty()
        && one.versioning.is_none()
        && one.targets.iter().all(|url| url.starts_with(BASE))
}

/// Lets `element` point at a structure of its own with what more is known of it.
fn point(
    element: &mut Element,
    structures: &mut Vec<(String, Structure)>,
    kind: Kind,
    name: String,
    elements: Vec<Element>,
) {
    element.types[0].targets = vec![name.clone()];
    structures.push((name, Structure { kind, elements, constraints: vec![] }));
}
