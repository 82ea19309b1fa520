//! Profiles and extensions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Declared, FshError, Place, Sources, source::Word, terminology::head, value::steps};

type Object = Map<String, Value>;

/// A StructureDefinition with the differential that the rules make.
pub(super) fn definition(all: &Sources<'_>, declared: &Declared) -> Result<Value, FshError> {
    let entity = &declared.entity;
    let is_extension = entity.kind == "Extension";
    let parent = entity.field("Parent").or(is_extension.then_some("Extension"));
    let parent = parent.ok_or_else(|| entity.place.error("has no Parent"))?;
    let of = all.base_type(parent, &entity.place)?;
    let mut resource = head(declared, "StructureDefinition");
    resource["kind"] = all.kind(&of).into();
    resource["abstract"] = false.into();
    resource["type"] = of.as_str().into();
    resource["baseDefinition"] = all.url(parent, &entity.place)?.into();
    resource["derivation"] = "constraint".into();
    if let Some(context) = entity.field("Context") {
        let context = context.split(',').map(|path| json!({ "type": "element", "expression": path.trim() }));
        resource["context"] = context.collect();
    }
    let mut profile = Profile { all, of, resource: Object::new(), elements: Vec::new(), at: BTreeMap::new() };
    if is_extension {
        let url = profile.at("url", &entity.place)?;
        profile.element(&url).insert("fixedUri".into(), declared.url.as_str().into());
    }
    for (place, words) in all.rules(entity)? {
        profile.apply(&words, &place)?;
    }
    if let Some(object) = resource.as_object_mut() {
        object.append(&mut profile.resource);
    }
    resource["differential"] = json!({ "element": profile.sorted() });
    Ok(resource)
}

/// A profile while its rules are applied.
struct Profile<'s, 't> {
    all: &'s Sources<'t>,
    /// The type it constrains.
    of: String,
    /// What caret rules say of the definition itself.
    resource: Object,
    /// The elements, in the order in which they are first mentioned.
    elements: Vec<Object>,
    /// Where the element with an id is.
    at: BTreeMap<String, usize>,
}

/// The element that a path leads to.
struct Found {
    id: String,
    path: String,
    /// Its types, or the structure that its own elements are in.
    types: Vec<String>,
}

impl Profile<'_, '_> {
    /// Applies a rule: path first, then what it says.
    fn apply(&mut self, words: &[Word], place: &Place) -> Result<(), FshError> {
        let bare: Vec<&str> = words.iter().map(Word::bare).collect();
        match &bare[..] {
            [caret, "=", ..] if caret.starts_with('^') => {
                let (all, caret) = (self.all, caret.trim_start_matches('^'));
                all.set(&mut self.resource, "StructureDefinition", caret, &words[2..], place)
            }
            [path, "obeys", keys @ ..] => self.obeys(path, keys, place),
            [path, caret, "=", ..] if caret.starts_with('^') => {
                let (all, found) = (self.all, self.at(path, place)?);
                let caret = caret.trim_start_matches('^');
                all.set(self.element(&found), "ElementDefinition", caret, &words[3..], place)
            }
            [path, "=", .., "(exactly)"] => self.assign(path, "fixed", &words[2..words.len() - 1], place),
            [path, "=", ..] => self.assign(path, "pattern", &words[2..], place),
            [path, "from", value_set, strength] => {
                let strength = strength.trim_matches(['(', ')']);
                let binding = json!({ "strength": strength, "valueSet": self.all.url(value_set, place)? });
                let found = self.at(path, place)?;
                self.element(&found).insert("binding".into(), binding);
                Ok(())
            }
            [path, "only", types @ ..] => self.only(path, &types.join(" "), place),
            [path, "contains", slices @ ..] => {
                slices.split(|word| *word == "and").try_for_each(|slice| self.contains(path, slice, place))
            }
            // A path alone is there for what is indented below it.
            [] | [_] => Ok(()),
            [path, rest @ ..] => {
                let found = self.at(path, place)?;
                self.limit(&found, rest, place)
            }
        }
    }

    /// The element that `path` leads to; a slice of a choice by its type comes into being here.
    fn at(&mut self, path: &str, place: &Place) -> Result<Found, FshError> {
        let root = self.of.clone();
        let mut found = Found { id: root.clone(), path: root.clone(), types: vec![root] };
        if path == "." {
            return Ok(found);
        }
        for step in steps(path, place)? {
            let child = found.types.iter().find_map(|of| self.all.child(of, step.name));
            let Some(child) = child else {
                let (of, name) = (found.types.join(" or "), step.name);
                return Err(place.error(format!("{of} has no {name} ({path})")));
            };
            let list = format!("{}.{}", found.id, child.name);
            found = Found {
                id: list.clone(),
                path: format!("{}.{}", found.path, child.name),
                types: child.types,
            };
            if child.name != step.name {
                self.slice_by_type(&found, step.name);
                found.id = format!("{list}:{}", step.name);
            }
            if !step.brackets.is_empty() {
                found.id = format!("{}:{}", found.id, step.brackets.join("/"));
            }
            // What the profile has narrowed before counts, for a slice also what all of them have.
            for id in [&list, &found.id] {
                if let Some(types) = self.at.get(id).and_then(|&at| self.elements[at].get("type")) {
                    let codes = types.as_array().into_iter().flatten();
                    found.types = codes.filter_map(|one| one["code"].as_str().map(Into::into)).collect();
                }
            }
        }
        Ok(found)
    }

    /// `valueString` is a slice of `value[x]`, which its type tells apart (R4 Profiling FHIR, slicing of choices).
    fn slice_by_type(&mut self, choice: &Found, name: &str) {
        let slicing = json!({ "discriminator": [{ "type": "type", "path": "$this" }], "rules": "open" });
        self.element(choice).entry("slicing").or_insert(slicing);
        let Found { id, path, types } = choice;
        let slice = Found { id: format!("{id}:{name}"), path: path.clone(), types: vec![] };
        let slice = self.element(&slice);
        slice.insert("sliceName".into(), name.into());
        slice.entry("type").or_insert_with(|| types.iter().map(|code| json!({ "code": code })).collect());
    }

    /// The element in the differential; it comes into being here.
    fn element(&mut self, found: &Found) -> &mut Object {
        let elements = &mut self.elements;
        let at = *self.at.entry(found.id.clone()).or_insert_with(|| {
            let mut element = Object::new();
            element.insert("id".into(), found.id.as_str().into());
            element.insert("path".into(), found.path.as_str().into());
            elements.push(element);
            elements.len() - 1
        });
        &mut elements[at]
    }

    fn obeys(&mut self, path: &str, keys: &[&str], place: &Place) -> Result<(), FshError> {
        let found = self.at(path, place)?;
        for key in keys.iter().filter(|key| **key != "and") {
            let invariant = self.all.find("Invariant", key, place)?;
            let expression = invariant.text("Expression")?;
            let severity = invariant.field("Severity").map(|code| code.trim_start_matches('#'));
            let (Some(expression), Some(severity)) = (expression, severity) else {
                return Err(invariant.place.error("needs an Expression and a Severity"));
            };
            let constraint = json!({ "key": key, "severity": severity, "expression": expression,
                "human": invariant.text("Description")?.unwrap_or_default() });
            match self.element(&found).entry("constraint").or_insert_with(|| json!([])) {
                Value::Array(all) => all.push(constraint),
                other => *other = json!([constraint]),
            }
        }
        Ok(())
    }

    fn assign(&mut self, path: &str, how: &str, words: &[Word], place: &Place) -> Result<(), FshError> {
        let found = self.at(path, place)?;
        let value = self.all.value(words, &found.types, place)?;
        let (first, rest) = found.types[0].split_at(1);
        self.element(&found).insert(format!("{how}{}{rest}", first.to_ascii_uppercase()), value);
        Ok(())
    }

    /// The types that `text` lists: names, profiles, and what references and canonicals may lead to.
    fn only(&mut self, path: &str, text: &str, place: &Place) -> Result<(), FshError> {
        let mut types = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (one, after) = match rest.split_once('(') {
                Some((code, inner)) if !code.contains(' ') => {
                    let (targets, after) =
                        inner.split_once(')').ok_or_else(|| place.error("a parenthesis does not end"))?;
                    let targets = targets.split(" or ").map(|target| self.all.url(target.trim(), place));
                    let targets = targets.collect::<Result<Vec<_>, _>>()?;
                    let code = if code == "Canonical" { "canonical" } else { code };
                    (json!({ "code": code, "targetProfile": targets }), after)
                }
                _ => {
                    let end = rest.find(' ').unwrap_or(rest.len());
                    let (name, after) = rest.split_at(end);
                    let code = self.all.base_type(name, place)?;
                    let one = match self.all.url(name, place)? {
                        _ if code == name => json!({ "code": code }),
                        profile => json!({ "code": code, "profile": [profile] }),
                    };
                    (one, after)
                }
            };
            types.push(one);
            rest = after.trim_start();
            rest = rest.strip_prefix("or ").unwrap_or(rest);
        }
        let found = self.at(path, place)?;
        self.element(&found).insert("type".into(), types.into());
        Ok(())
    }

    /// A slice: `name 0..1 MS`, of extensions also `$url named name 0..1`.
    fn contains(&mut self, path: &str, words: &[&str], place: &Place) -> Result<(), FshError> {
        let (profile, name, rest) = match words {
            [profile, "named", name, rest @ ..] => (Some(*profile), *name, rest),
            [name, rest @ ..] => (None, *name, rest),
            [] => return Err(place.error("expected the name of a slice")),
        };
        let last = path.rsplit('.').next().unwrap_or(path);
        if matches!(last, "extension" | "modifierExtension") {
            let all = self.at(path, place)?;
            let slicing = json!({ "discriminator": [{ "type": "value", "path": "url" }], "rules": "open" });
            self.element(&all).entry("slicing").or_insert(slicing);
        }
        let found = self.at(&format!("{path}[{name}]"), place)?;
        // A slice in a slice is called by both.
        let slice_name = found.id.rsplit(':').next().unwrap_or(name).to_owned();
        let types = profile.map(|url| self.all.url(url, place)).transpose()?;
        let element = self.element(&found);
        element.insert("sliceName".into(), slice_name.into());
        if let Some(url) = types {
            element.insert("type".into(), json!([{ "code": "Extension", "profile": [url] }]));
        }
        self.limit(&found, rest, place)
    }

    /// Cardinality and flags.
    fn limit(&mut self, found: &Found, words: &[&str], place: &Place) -> Result<(), FshError> {
        let element = self.element(found);
        for word in words {
            match (*word, word.split_once("..")) {
                ("MS", _) => drop(element.insert("mustSupport".into(), true.into())),
                ("?!", _) => drop(element.insert("isModifier".into(), true.into())),
                (_, Some((min, max))) if *word != ".." => {
                    let is_number = |text: &str| text.parse::<u32>().is_ok();
                    if !(min.is_empty() || is_number(min)) || !(matches!(max, "" | "*") || is_number(max)) {
                        return Err(place.error(format!("{word} is no cardinality")));
                    }
                    if let Ok(min) = min.parse::<u32>() {
                        element.insert("min".into(), min.into());
                    }
                    if !max.is_empty() {
                        element.insert("max".into(), max.into());
                    }
                }
                _ => return Err(place.error(format!("{word} is not known here"))),
            }
        }
        Ok(())
    }

    /// The elements with what is below each behind it, and then its slices.
    fn sorted(self) -> Vec<Value> {
        let Self { of, elements, at, .. } = self;
        let mut mentioned: Vec<String> = Vec::new();
        let mut by_place: Vec<(&String, &usize)> = at.iter().collect();
        by_place.sort_by_key(|(_, place)| **place);
        // Each id with all that it stands below, in the order in which they are first mentioned.
        for (id, _) in by_place {
            for (end, _) in id.match_indices(['.', ':']).chain([(id.len(), "")]) {
                if !mentioned.iter().any(|other| *other == id[..end]) {
                    mentioned.push(id[..end].into());
                }
            }
        }
        let mut ids = Vec::new();
        let mut open = vec![of];
        while let Some(id) = open.pop() {
            let below = |mark: char| {
                let mentioned = mentioned.iter();
                let id = id.clone();
                mentioned.filter(move |other| {
                    let rest = other.strip_prefix(&id).and_then(|rest| rest.strip_prefix(mark));
                    rest.is_some_and(|rest| !rest.contains(['.', ':']))
                })
            };
            let next: Vec<String> = below('.').chain(below(':')).cloned().collect();
            open.extend(next.into_iter().rev());
            ids.push(id);
        }
        let in_order = ids.iter().filter_map(|id| at.get(id));
        in_order.map(|&place| Value::Object(elements[place].clone())).collect()
    }
}
