//! What one element of a definition says, in the terms of a pack: types and slicing.

use fhir_solicit_validator::pack::{
    self, Aggregation, Discriminator, DiscriminatorKind, ProfileType, Slicing, SlicingRules, Versioning,
};

use crate::{BASE, Error, definitions, types::unknown};

/// Profiles that elements of R4 itself have on their types. Quantities are checked without them, and a profile
/// that repeats its base narrows nothing.
const OWN_PROFILES: &[&str] = &["MoneyQuantity", "SimpleQuantity"];

/// The types that an element may have; none where they are those of its type.
pub(super) fn compile_types(
    definition: &str,
    element: &str,
    of: &pack::Element,
    given: &[definitions::Type],
) -> Result<Vec<ProfileType>, Error> {
    // A structure of its own, such as `Task.input`, or one that stands elsewhere stays what it is.
    if of.types.iter().any(|one| one.name.contains('.')) {
        return Ok(Vec::new());
    }
    let types = given.iter().map(|one| compile_type(definition, element, of, one));
    let types: Vec<ProfileType> = types.collect::<Result<_, _>>()?;
    let has = |name: &str| types.iter().any(|one| one.code == name);
    let is_same = types.iter().all(|one| *one == profile_type(&one.code, []))
        && of.types.iter().all(|one| has(&one.name));
    Ok(if is_same { Vec::new() } else { types })
}

fn compile_type(
    definition: &str,
    element: &str,
    of: &pack::Element,
    given: &definitions::Type,
) -> Result<ProfileType, Error> {
    let is_own = |url: &&String| url.strip_prefix(BASE).is_some_and(|name| OWN_PROFILES.contains(&name));
    let profiles = given.profile.iter().filter(|url| !is_own(url)).cloned().collect();
    let known = of.types.iter().find(|one| one.name == given.code);
    let is_known = |url: &String| {
        let name = url.strip_prefix(BASE).unwrap_or_default();
        known.is_some_and(|known| known.targets.iter().any(|target| target == name))
    };
    let is_any = given.target_profile.iter().any(|url| url.strip_prefix(BASE) == Some("Resource"));
    let is_same = given.target_profile.iter().all(is_known)
        && known.is_some_and(|known| known.targets.len() == given.target_profile.len());
    // Only references are followed to what they lead to.
    let targets =
        if is_any || is_same || given.code != "Reference" { &[] } else { &given.target_profile[..] };
    let aggregation = given.aggregation.iter().map(|mode| match &**mode {
        "contained" => Ok(Aggregation::Contained),
        "referenced" => Ok(Aggregation::Referenced),
        "bundled" => Ok(Aggregation::Bundled),
        other => Err(unknown(definition, element, "mode of aggregation", other)),
    });
    let versioning = match given.versioning.as_deref() {
        None | Some("either") => None,
        Some("independent") => Some(Versioning::Independent),
        Some("specific") => Some(Versioning::Specific),
        Some(other) => return Err(unknown(definition, element, "rule of versioning", other)),
    };
    Ok(ProfileType {
        code: given.code.clone(),
        profiles,
        targets: targets.to_vec(),
        aggregation: aggregation.collect::<Result<_, _>>()?,
        versioning,
    })
}

/// How slices are told apart, and what may stand beside them.
pub(super) fn compile_slicing(
    definition: &str,
    element: &str,
    slicing: &definitions::Slicing,
) -> Result<Slicing, Error> {
    use DiscriminatorKind::{Exists, Pattern, Profile, Type, Value};
    let discriminators = slicing.discriminator.iter().map(|one| {
        let kind = match &*one.kind {
            "value" => Value,
            "exists" => Exists,
            "pattern" => Pattern,
            "type" => Type,
            "profile" => Profile,
            other => return Err(unknown(definition, element, "type of discriminator", other)),
        };
        Ok(Discriminator { kind, path: one.path.clone() })
    });
    Ok(Slicing {
        discriminators: discriminators.collect::<Result<_, _>>()?,
        rules: match &*slicing.rules {
            "closed" => SlicingRules::Closed,
            "openAtEnd" => SlicingRules::OpenAtEnd,
            "open" | "" => SlicingRules::Open,
            other => return Err(unknown(definition, element, "rule of slicing", other)),
        },
        ordered: slicing.ordered,
    })
}

pub(super) fn profile_type(code: &str, profiles: impl Into<Vec<String>>) -> ProfileType {
    ProfileType { code: code.into(), profiles: profiles.into(), ..ProfileType::default() }
}
