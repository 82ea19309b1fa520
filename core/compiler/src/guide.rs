//! Profiles, extensions and value sets of implementation guides to a draft of a pack.

use std::collections::{BTreeMap, BTreeSet};

use fhir_solicit_validator::pack::{Draft, Kind, ProfileElement, Strength, Structure};

use crate::{
    BASE, Error,
    definitions::Definitions,
    extension,
    profile::{Builder, without_version},
    value_set,
};

/// What came of the definitions of guides.
#[derive(Debug)]
pub struct Compiled {
    /// The pack on its way.
    pub draft: Draft,
    /// The definitions that are not in it, and why.
    pub left_out: Vec<Error>,
    /// Canonical URLs that profiles refer to and that nobody gave: whoever meets them in a check leaves them
    /// undecided and says so.
    pub missing: BTreeSet<String>,
    /// The files that nothing was compiled from, by resource type.
    pub unused: BTreeMap<String, Vec<String>>,
}

/// Compiles all profiles and extensions among `definitions`, which narrow the types that `base` has.
///
/// A definition that cannot be compiled is left out and named, so that a slip in one does not cost the others.
pub fn compile_guide(definitions: &Definitions, base: &Draft, id: &str, source: &str) -> Compiled {
    compile_some(definitions, base, id, source, |_| true)
}

/// The same, of the definitions alone whose URLs are `wanted`; the others are there for those to build on.
pub fn compile_some(
    definitions: &Definitions,
    base: &Draft,
    id: &str,
    source: &str,
    wanted: impl Fn(&str) -> bool,
) -> Compiled {
    let mut builder = Builder::new(definitions, base);
    let mut draft = Draft { id: id.into(), source: source.into(), ..Draft::default() };
    let mut left_out = Vec::new();
    let mut unused = BTreeMap::<String, Vec<String>>::new();
    for (file, resource_type) in &definitions.unused {
        unused.entry(resource_type.clone()).or_default().push(file.clone());
    }
    for definition in definitions.structures.values().filter(|one| wanted(&one.url)) {
        if !definition.is_constraint {
            // Types of one's own, such as logical models: no resource is of them.
            unused.entry("StructureDefinition".into()).or_default().push(definition.url.clone());
            continue;
        }
        let mut profile = match builder.build(&definition.url) {
            Ok(Some(profile)) => profile.clone(),
            Ok(None) => continue,
            Err(error) => {
                left_out.push(error);
                continue;
            }
        };
        if extension::is_one(definition) {
            match extension::structures(definition, &profile.root, base, &builder.constraints) {
                Ok(structures) => draft.structures.extend(structures),
                Err(error) => left_out.push(error),
            }
            extension::leave_to_structure(&mut profile.root);
            if profile.root.elements.is_empty() {
                continue;
            }
        }
        draft.profiles.insert(profile.url.clone(), profile);
    }
    for profile in draft.profiles.values_mut() {
        builder.leave_to_profiles(&mut profile.root);
    }
    let mut missing = builder.missing;
    draft.profile_constraints = builder.constraints;
    draft.questionnaires.clone_from(&definitions.questionnaires);
    draft.search_parameters.clone_from(&definitions.search_parameters);
    keep_used_constraints(&mut draft);
    add_names(&mut draft, base);
    add_value_sets(&mut draft, definitions, base);
    missing.extend(referred(&draft).filter(|url| !is_known(url, definitions, base)).map(Into::into));
    Compiled { draft, left_out, missing, unused }
}

/// Drops the constraints that no profile calls, and calls the others by the order in which they are called.
pub(crate) fn keep_used_constraints(draft: &mut Draft) {
    let all = std::mem::take(&mut draft.profile_constraints);
    let mut indices = BTreeMap::new();
    for profile in draft.profiles.values_mut() {
        profile.root.renumber(&mut |row| {
            *indices.entry(row).or_insert_with(|| {
                draft.profile_constraints.extend(all.get(row as usize).cloned());
                draft.profile_constraints.len() as u32 - 1
            })
        });
    }
}

/// Adds by name the types that extensions refer to; their elements are in the pack of the base.
fn add_names(draft: &mut Draft, base: &Draft) {
    let elements = draft.structures.values().flat_map(|structure| &structure.elements);
    let types = elements.flat_map(|element| &element.types);
    let names: BTreeSet<String> =
        types.flat_map(|one| one.targets.iter().chain([&one.name])).cloned().collect();
    for name in names {
        let is_resource = base.structures.get(&name).is_some_and(|one| {
            matches!(one.kind, Kind::Resource | Kind::AbstractResource | Kind::NamedResource)
        });
        let kind = if is_resource { Kind::NamedResource } else { Kind::NamedType };
        draft.structures.entry(name).or_insert(Structure { kind, elements: vec![], constraints: vec![] });
    }
}

/// Adds what is known of the value sets that something is bound to.
pub(crate) fn add_value_sets(draft: &mut Draft, definitions: &Definitions, base: &Draft) {
    let mut bindings: BTreeMap<String, Strength> = BTreeMap::new();
    let mut add = |strength: Strength, url: &String| {
        let strongest = bindings.entry(url.clone()).or_insert(strength);
        *strongest = strength.min(*strongest);
    };
    for (strength, url) in
        draft.structures.values().flat_map(|one| &one.elements).filter_map(|one| one.binding.as_ref())
    {
        add(*strength, url);
    }
    for profile in draft.profiles.values() {
        profile.root.for_each(&mut |element| {
            if let Some(binding) = &element.binding {
                add(binding.strength, &binding.value_set);
            }
        });
    }
    let expand = |(url, strength): (String, Strength)| {
        let known = value_set::expand(definitions, base, &url, strength);
        (url, known)
    };
    draft.value_sets = bindings.into_iter().map(expand).collect();
}

/// The profiles that others refer to, by URL without version.
fn referred(draft: &Draft) -> impl Iterator<Item = &str> {
    let mut urls = BTreeSet::new();
    for profile in draft.profiles.values() {
        profile.root.for_each(&mut |element: &ProfileElement| {
            let types = element.types.iter();
            urls.extend(
                types.flat_map(|one| one.profiles.iter().chain(&one.targets)).map(|url| without_version(url)),
            );
        });
    }
    urls.into_iter()
}

fn is_known(url: &str, definitions: &Definitions, base: &Draft) -> bool {
    let name = url.strip_prefix(BASE).unwrap_or(url);
    definitions.structures.contains_key(url)
        || base.profiles.contains_key(url)
        || base.structures.contains_key(name)
        || base.structures.contains_key(url)
}
