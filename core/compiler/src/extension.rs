//! Definitions of extensions: the elements of `Extension`, narrowed, under the URL of the extension.

use std::collections::BTreeSet;

use fhir_solicit_validator::pack::{Draft, Element, Kind, Structure, Type};

use crate::{
    definitions::{ElementDefinition, StructureDefinition},
    types::{CompileError, compile_element, constraints, unknown},
};

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
    definition.type_name == "Extension" && definition.derivation.as_deref() == Some("constraint")
}

/// Adds the extension with those nested in it; gives the types it needs.
pub(crate) fn add(
    draft: &mut Draft,
    definition: &StructureDefinition,
) -> Result<BTreeSet<String>, CompileError> {
    let url = definition.url.as_str();
    let all = &definition.snapshot.element;
    let mut needed = BTreeSet::new();
    let mut open = vec![(String::from("Extension"), url.to_owned())];
    while let Some((prefix, name)) = open.pop() {
        let root = all.iter().find(|element| element.id == prefix);
        let root = root.ok_or_else(|| CompileError::Missing(format!("{url} {prefix}")))?;
        let mut elements = Vec::new();
        for element in below(all, &prefix).filter(|element| element.max != "0") {
            let mut compiled = compile_element(element, false)?;
            needed.extend(compiled.types.iter().map(|one| one.name.clone()));
            match compiled.name.as_str() {
                "extension" => {
                    let slices = format!("{prefix}.extension:");
                    let nested = nested(all, &slices, &name)?;
                    if !nested.is_empty() {
                        let prefixes = all.iter().filter(|one| is_slice(one, &slices));
                        let names = nested.iter().map(|one| one.types[0].name.clone());
                        open.extend(prefixes.map(|one| one.id.clone()).zip(names));
                        narrow(&mut compiled, draft, Kind::Nested, format!("{name}#"), nested);
                    }
                }
                "url" if prefix == "Extension" => {
                    let context = contexts(definition)?;
                    narrow(&mut compiled, draft, Kind::Context, format!("{name}@"), context);
                }
                _ => {}
            }
            elements.push(compiled);
        }
        let kind = if root.is_modifier { Kind::ModifierExtension } else { Kind::Extension };
        let constraints = constraints(&prefix, &root.constraint)?;
        draft.structures.insert(name, Structure { kind, elements, constraints });
    }
    Ok(needed)
}

/// The elements right below the one with the id `prefix`, slices aside.
fn below<'d>(all: &'d [ElementDefinition], prefix: &str) -> impl Iterator<Item = &'d ElementDefinition> {
    all.iter().filter(move |element| {
        let own = element.id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'));
        own.is_some_and(|own| !own.contains(['.', ':']))
    })
}

fn is_slice(element: &ElementDefinition, slices: &str) -> bool {
    element.id.strip_prefix(slices).is_some_and(|rest| !rest.contains('.'))
}

/// The extensions nested in the one called `name`, each an element called as its `url`.
fn nested(all: &[ElementDefinition], slices: &str, name: &str) -> Result<Vec<Element>, CompileError> {
    let slices = all.iter().filter(|element| is_slice(element, slices));
    slices
        .map(|slice| {
            let url = format!("{}.url", slice.id);
            let url = all.iter().find(|element| element.id == url).and_then(|one| one.fixed_uri.as_ref());
            let url = url.ok_or_else(|| unknown(&slice.id, "nested extension without url", name))?;
            let mut element = compile_element(slice, false)?;
            element.name.clone_from(url);
            element.types = vec![Type { name: format!("{name}#{url}"), targets: vec![] }];
            Ok(element)
        })
        .collect()
}

fn contexts(definition: &StructureDefinition) -> Result<Vec<Element>, CompileError> {
    if let Some(other) = definition.context.iter().find(|context| context.kind != "element") {
        return Err(unknown(&definition.url, "kind of context", &other.kind));
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
    Ok(paths.map(context).collect())
}

/// Lets `element` point at a structure of its own with what more is known of it.
fn narrow(element: &mut Element, draft: &mut Draft, kind: Kind, name: String, elements: Vec<Element>) {
    element.types[0].targets = vec![name.clone()];
    draft.structures.insert(name, Structure { kind, elements, constraints: vec![] });
}
