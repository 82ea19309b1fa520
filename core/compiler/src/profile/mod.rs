//! Profiles to trees of what they narrow.
//!
//! A tree starts as that of the base, and each element of the definition is applied to it. That of a type
//! itself is empty. A snapshot repeats all that its base says, so it starts there too: a published snapshot
//! and a differential take the same way, and no snapshot is ever written out. What a tree says is what the
//! type does not say already; the type's own elements are looked up when an element speaks of them.
//!
//! Source: R4 ElementDefinition, Profiling FHIR, and the snapshot's rules in StructureDefinition.

mod finish;
mod places;
mod said;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use fhir_solicit_validator::pack::{self, Draft, Profile, ProfileBinding, ProfileElement, Structure};

use self::{
    places::Places,
    said::{compile_slicing, compile_types, profile_type},
};

use crate::{
    BASE, Error,
    definitions::{Definitions, ElementDefinition, StructureDefinition},
    types::{compile_constraints, compile_strength, unknown},
};

/// Most definitions that may be derived from one another.
const MOST_BASES: usize = 50;

/// Most names in a path. Trees are gone through by recursion.
const MOST_NAMES: usize = 40;

/// Most slices of one element, so that finding one by its name is no matter.
const MOST_SLICES: usize = 1_000;

/// Most elements in all trees together. Slices repeat what is said of what they are slices of.
const MOST_ELEMENTS: usize = 200_000;

/// Makes the trees of profiles, each once.
pub(crate) struct Builder<'d> {
    definitions: &'d Definitions,
    base: &'d Draft,
    built: BTreeMap<String, Result<Profile, Error>>,
    /// Those that are being made.
    open: Vec<String>,
    /// The constraints that elements call by their index.
    pub(crate) constraints: Vec<pack::Constraint>,
    rows: BTreeMap<pack::Constraint, u32>,
    /// The definitions that others refer to and that nobody gave.
    pub(crate) missing: BTreeSet<String>,
    elements: usize,
}

/// Where an element stands: the structures it may be an element of, as names of the base.
type Parents = Vec<String>;

/// A name in a path, and the slice, where one is meant: `value[x]:valueQuantity`.
type Step = (String, Option<String>);

impl<'d> Builder<'d> {
    pub(crate) fn new(definitions: &'d Definitions, base: &'d Draft) -> Self {
        Self {
            definitions,
            base,
            built: BTreeMap::new(),
            open: Vec::new(),
            constraints: Vec::new(),
            rows: BTreeMap::new(),
            missing: BTreeSet::new(),
            elements: 0,
        }
    }

    /// The profile at `url`; `None` where nobody gave one.
    pub(crate) fn build(&mut self, url: &str) -> Result<Option<&Profile>, Error> {
        let url = without_version(url);
        // From the profile down to what is known, then up again.
        let mut chain: Vec<&'d StructureDefinition> = Vec::new();
        let mut next = Some(url);
        while let Some(one) =
            next.take().filter(|url| !self.built.contains_key(*url)).and_then(|url| self.given(url))
        {
            let circle = chain.iter().any(|other| other.url == one.url) || self.open.contains(&one.url);
            if let (true, through) = (circle, chain.last().unwrap_or(&one)) {
                let (definition, through) = (one.url.clone(), through.url.clone());
                return Err(Error::Circular { definition, through });
            }
            if chain.len() == MOST_BASES {
                return Err(limit(&one.url, "", MOST_BASES, "definitions derived from one another"));
            }
            chain.push(one);
            // A snapshot says it all.
            next = one.base.as_deref().map(without_version).filter(|_| !one.has_snapshot);
        }
        for definition in chain.into_iter().rev() {
            self.open.push(definition.url.clone());
            let profile = self.make(definition);
            self.open.pop();
            self.built.insert(definition.url.clone(), profile);
        }
        if !self.built.contains_key(url)
            && let Some(profile) = self.base.profiles.get(url)
        {
            let profile = self.adopt(profile.clone());
            self.built.insert(url.into(), Ok(profile));
        }
        self.built.get(url).map(|built| built.as_ref().map_err(Clone::clone)).transpose()
    }

    fn given(&self, url: &str) -> Option<&'d StructureDefinition> {
        self.definitions.structures.get(url).filter(|one| one.is_constraint)
    }

    /// A profile of the base, its constraints called by the indices that they have here.
    fn adopt(&mut self, mut profile: Profile) -> Profile {
        let base = self.base;
        let constraint = |row: u32| base.profile_constraints.get(row as usize).cloned();
        profile.root.renumber(&mut |row| constraint(row).map_or(row, |constraint| self.row(constraint)));
        profile
    }

    fn make(&mut self, definition: &StructureDefinition) -> Result<Profile, Error> {
        let of = definition.type_name.strip_prefix(BASE).unwrap_or(&definition.type_name);
        if !self.base.structures.contains_key(of) {
            return Err(unknown(&definition.url, "", "type of resource or data", of));
        }
        let base = definition.base.as_deref().map(without_version);
        let of_type = format!("{BASE}{of}");
        let base = base.filter(|base| *base != of_type);
        let mut root = ProfileElement { name: of.into(), ..ProfileElement::default() };
        if let Some(base) = base.filter(|_| !definition.has_snapshot) {
            if let Some(tree) = self.tree(base)? {
                root = tree;
            } else {
                // What it says cannot be known here; whoever checks says that it is not at hand.
                self.missing.insert(base.into());
                root.types = vec![profile_type(of, [base.to_owned()])];
            }
        }
        root.name = of.into();
        let mut places = Places::default();
        for element in &definition.elements {
            if element.fields.path.split('.').count() > MOST_NAMES {
                let path = element.fields.path.chars().take(100).collect::<String>();
                return Err(limit(&definition.url, &path, MOST_NAMES, "names in a path"));
            }
            let steps = places.steps(element);
            self.apply(definition, &mut root, element, &steps)?;
        }
        self.finish(&mut root, &[of.to_owned()]);
        Ok(Profile {
            url: definition.url.clone(),
            version: definition.version.clone(),
            of: of.into(),
            base: base.map(Into::into),
            root,
        })
    }

    /// The tree of a profile that was made, or that the base has.
    fn tree(&mut self, url: &str) -> Result<Option<ProfileElement>, Error> {
        match (self.built.get(url), self.base.profiles.get(url)) {
            (Some(built), _) => built.clone().map(|profile| Some(profile.root)),
            (None, Some(known)) => Ok(Some(self.adopt(known.clone()).root)),
            (None, None) => Ok(None),
        }
    }

    /// Notes in the tree of `root` what `element`, which `steps` lead to, says.
    fn apply(
        &mut self,
        definition: &StructureDefinition,
        root: &mut ProfileElement,
        element: &ElementDefinition,
        steps: &[Step],
    ) -> Result<(), Error> {
        let mut parents: Parents = vec![root.name.clone()];
        let mut node = root;
        let mut of: Option<&'d pack::Element> = None;
        // The short name of a choice is that of a slice; inside another slice, which says what one item is, it is
        // all that the choice may be. The specification leaves that open, and published snapshots have it so.
        let mut is_in_slice = false;
        for (name, slice) in steps {
            if of.is_some() && !definition.has_snapshot {
                self.unfold(node)?;
            }
            let Some((found, shorthand)) = self.find(&parents, name) else {
                // The value of a primitive is the JSON value itself, which its own element speaks of.
                if name == "value" && self.is_primitive(&parents) {
                    return Ok(());
                }
                return Err(Error::NoElement {
                    definition: definition.url.clone(),
                    element: element.name().into(),
                    parent: parents.join(" or "),
                    name: name.clone(),
                });
            };
            let is_new = node.elements.iter().all(|one| one.name != found.name);
            if is_new {
                self.count(definition, element, 1)?;
                node.elements.push(ProfileElement { name: found.name.clone(), ..ProfileElement::default() });
            }
            let Some(child) = node.elements.iter_mut().find(|one| one.name == found.name) else {
                return Ok(());
            };
            node = child;
            let is_only = shorthand && slice.is_none() && is_in_slice;
            if is_only {
                let is_it = |one: &&pack::Type| short_name(found, &one.name).as_ref() == Some(name);
                node.types =
                    found.types.iter().filter(is_it).map(|one| profile_type(&one.name, [])).collect();
            } else if let Some(slice) = slice.as_deref().or(shorthand.then_some(name)) {
                node = self.slice(definition, element, node, found, slice)?;
                is_in_slice = true;
            }
            parents = names_of(node, found);
            of = Some(found);
        }
        self.narrow(definition, node, element, of)
    }

    /// The element `name` of a structure that is one of `parents`; also by the short name that a choice has for
    /// one of its types, such as `valueQuantity`.
    fn find(&self, parents: &[String], name: &str) -> Option<(&'d pack::Element, bool)> {
        let structures = parents.iter().filter_map(|parent| self.base.structures.get(parent));
        let elements = || structures.clone().flat_map(|structure: &'d Structure| &structure.elements);
        let named = elements().find(|element| element.name == name).map(|element| (element, false));
        named.or_else(|| {
            let is_one = |element: &&pack::Element| {
                element.types.iter().any(|one| short_name(element, &one.name).as_deref() == Some(name))
            };
            elements().find(is_one).map(|element| (element, true))
        })
    }

    fn is_primitive(&self, names: &[String]) -> bool {
        let kind = |name: &String| self.base.structures.get(name).map(|one| one.kind);
        names.iter().all(|name| kind(name) == Some(pack::Kind::Primitive))
    }

    /// The slice of `node` called `name`, new where there was none.
    fn slice<'n>(
        &mut self,
        definition: &StructureDefinition,
        element: &ElementDefinition,
        mut node: &'n mut ProfileElement,
        of: &pack::Element,
        name: &str,
    ) -> Result<&'n mut ProfileElement, Error> {
        // `outer/inner` is a slice of the slice `outer`, where there is one (R4 Profiling FHIR, re-slicing).
        let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
        for part in ends.map(|end| &name[..end]) {
            let at = node.slices.iter().position(|one| one.slice.as_deref() == Some(part));
            if at.is_none() && part.len() < name.len() {
                continue;
            }
            if at.is_none() {
                if node.slices.len() == MOST_SLICES {
                    return Err(limit(&definition.url, element.name(), MOST_SLICES, "slices"));
                }
                let mut new = ProfileElement {
                    slice: Some(part.into()),
                    min: 0,
                    slicing: None,
                    slices: Vec::new(),
                    ..clone_without_slices(node)
                };
                // The name of a slice of a choice says its type, whether the definition does or not.
                let is_it = |one: &&pack::Type| short_name(of, &one.name).as_deref() == Some(part);
                if let Some(one) = of.types.iter().find(is_it) {
                    new.types.retain(|other| other.code == one.name);
                    if new.types.is_empty() {
                        new.types.push(profile_type(&one.name, []));
                    }
                }
                self.count(definition, element, size(&new))?;
                node.slices.push(new);
            }
            let at = at.unwrap_or(node.slices.len() - 1);
            node = &mut node.slices[at];
        }
        Ok(node)
    }

    /// Before something is said of what is inside an element, that element gets what the one profile on its
    /// type says there, so that slices of that profile can be spoken of.
    fn unfold(&mut self, node: &mut ProfileElement) -> Result<(), Error> {
        let [one] = &node.types[..] else { return Ok(()) };
        let [url] = &one.profiles[..] else { return Ok(()) };
        let url = without_version(url).to_owned();
        // A profile that leads back to itself is not unfolded into itself; the checks follow it by its name.
        if !node.elements.is_empty() || self.open.contains(&url) || self.open.len() >= MOST_BASES {
            return Ok(());
        }
        match self.build(&url) {
            Ok(Some(profile)) => node.elements.clone_from(&profile.root.elements),
            // It is derived from what is being made; the checks follow it by its name all the same.
            Ok(None) | Err(Error::Circular { .. }) => {}
            Err(error) => return Err(error),
        }
        self.elements += size(node);
        Ok(())
    }

    /// Notes what `element` says of `node`; `of` is the element of its type, `None` for the root.
    fn narrow(
        &mut self,
        definition: &StructureDefinition,
        node: &mut ProfileElement,
        element: &ElementDefinition,
        of: Option<&pack::Element>,
    ) -> Result<(), Error> {
        let fields = &element.fields;
        let (url, name) = (&*definition.url, element.name());
        let is_slice = node.slice.is_some();
        if let Some(of) = of {
            if let Some(min) = fields.min {
                node.min = if is_slice || min > of.min { min } else { 0 };
            }
            if let Some(max) = fields.max.as_deref() {
                let max = crate::types::compile_max(url, name, max)?;
                node.max = max.filter(|max| of.max.is_none_or(|most| *max < most) || *max == 0);
            }
            let is_typed = fields.types.iter().all(|one| !one.code.starts_with("http://hl7.org/fhirpath/"));
            if !fields.types.is_empty() && is_typed {
                node.types = compile_types(url, name, of, &fields.types)?;
            }
        }
        for (given, place) in [
            (&element.fixed, &mut node.fixed),
            (&element.pattern, &mut node.pattern),
            (&element.min_value, &mut node.min_value),
            (&element.max_value, &mut node.max_value),
        ] {
            if given.is_some() {
                place.clone_from(given);
            }
        }
        node.max_length = fields.max_length.or(node.max_length);
        node.must_support = fields.must_support.unwrap_or(node.must_support);
        if let Some(binding) = &fields.binding {
            let of_type = of.and_then(|of| of.binding.as_ref());
            let known = node.binding.as_ref().map(|one| &*one.value_set).or(of_type.map(|(_, url)| &**url));
            // A differential may tighten the strength alone.
            let value_set =
                binding.value_set.as_deref().map(without_version).or(known).map(ToOwned::to_owned);
            let strength = compile_strength(url, name, &binding.strength)?;
            let narrower = strength.zip(value_set).filter(|binding| of_type != Some(binding));
            node.binding = narrower.map(|(strength, value_set)| ProfileBinding { strength, value_set });
        }
        if let Some(slicing) = &fields.slicing {
            let slicing = compile_slicing(url, name, slicing)?;
            match &mut node.slicing {
                // A differential may tighten the rules alone.
                Some(known) if slicing.discriminators.is_empty() => {
                    known.rules = slicing.rules;
                    known.ordered |= slicing.ordered;
                }
                place => *place = Some(slicing),
            }
        }
        let parents = of.map_or_else(|| vec![node.name.clone()], |of| names_of(node, of));
        for constraint in compile_constraints(url, name, &fields.constraint)? {
            let structures = parents.iter().filter_map(|parent| self.base.structures.get(parent));
            let of_type = structures.flat_map(|structure| &structure.constraints);
            let mut of_type = of_type.chain(of.into_iter().flat_map(|of| &of.constraints));
            // A key means one thing, in however many versions of R4 it was worded anew.
            if of_type.all(|one| one.key != constraint.key) {
                let row = self.row(constraint);
                if !node.constraints.contains(&row) {
                    node.constraints.push(row);
                }
            }
        }
        Ok(())
    }

    /// Leaves out the constraints that are those of a profile on the type of the element.
    pub(crate) fn leave_to_profiles(&self, node: &mut ProfileElement) {
        if let [one] = &node.types[..]
            && let [url] = &one.profiles[..]
            && let Some(Ok(profile)) = self.built.get(without_version(url))
        {
            node.constraints.retain(|row| !profile.root.constraints.contains(row));
        }
        for one in node.slices.iter_mut().chain(&mut node.elements) {
            self.leave_to_profiles(one);
        }
    }

    /// The index of a constraint.
    fn row(&mut self, constraint: pack::Constraint) -> u32 {
        *self.rows.entry(constraint).or_insert_with_key(|constraint| {
            self.constraints.push(constraint.clone());
            self.constraints.len() as u32 - 1
        })
    }

    /// Notes that the trees grow by so many elements.
    fn count(
        &mut self,
        definition: &StructureDefinition,
        element: &ElementDefinition,
        more: usize,
    ) -> Result<(), Error> {
        self.elements += more;
        if self.elements <= MOST_ELEMENTS {
            return Ok(());
        }
        Err(limit(&definition.url, element.name(), MOST_ELEMENTS, "elements in all profiles together"))
    }
}

/// The structures that hold the elements inside `node`.
fn names_of(node: &ProfileElement, of: &pack::Element) -> Parents {
    if node.types.is_empty() {
        of.types.iter().map(|one| one.name.clone()).collect()
    } else {
        node.types.iter().map(|one| one.code.clone()).collect()
    }
}

/// What a choice is called in JSON where it has this type.
fn short_name(element: &pack::Element, of: &str) -> Option<String> {
    let stem = element.name.strip_suffix("[x]")?;
    let (first, rest) = of.split_at_checked(1)?;
    Some(format!("{stem}{}{rest}", first.to_ascii_uppercase()))
}

fn clone_without_slices(node: &mut ProfileElement) -> ProfileElement {
    let slices = mem::take(&mut node.slices);
    let clone = node.clone();
    node.slices = slices;
    clone
}

fn size(node: &ProfileElement) -> usize {
    let mut count = 0;
    node.for_each(&mut |_| count += 1);
    count
}

fn limit(definition: &str, element: &str, most: usize, what: &'static str) -> Error {
    Error::Limit { definition: definition.into(), element: element.into(), most, what }
}

pub(crate) fn without_version(canonical: &str) -> &str {
    fhir_solicit_validator::fhir::split_canonical(canonical).0
}
