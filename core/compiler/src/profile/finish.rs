//! A tree as short as it can be: what its type or the element around it says is not said again.

use std::mem;

use fhir_solicit_validator::pack::{self, DiscriminatorKind, ProfileElement, Slicing, SlicingRules};

use super::{Builder, names_of};

impl Builder<'_> {
    /// Leaves out what says nothing, and puts the elements in the order of their type.
    pub(super) fn finish(&self, node: &mut ProfileElement, parents: &[String]) {
        if node.max == Some(0) {
            node.elements.clear();
            node.slices.clear();
            node.slicing = None;
        }
        for child in &mut node.elements {
            if let Some((of, _)) = self.find(parents, &child.name) {
                self.finish_all(child, of);
            }
        }
        node.elements.retain(says_something);
        let order: Vec<&String> = parents
            .iter()
            .filter_map(|parent| self.base.structures.get(parent))
            .flat_map(|structure| structure.elements.iter().map(|one| &one.name))
            .collect();
        node.elements.sort_by_key(|one| order.iter().position(|name| **name == one.name));
        node.constraints.sort_unstable();
    }

    /// The same of an element with its slices.
    pub(super) fn finish_all(&self, node: &mut ProfileElement, of: &pack::Element) {
        self.finish(node, &names_of(node, of));
        let mut slices = mem::take(&mut node.slices);
        for slice in &mut slices {
            self.finish_all(slice, of);
            drop_repeated(slice, node);
        }
        node.slices = slices;
        take_only_type(node, of);
        // Without slices there is nothing to tell apart; and where each type of a choice has its slice, there is
        // nothing beside them.
        let is_needless = |slicing: &Slicing| {
            let names = names_of(node, of);
            let has_slice =
                |name: &String| node.slices.iter().any(|one| one.types.iter().any(|one| one.code == *name));
            node.slices.is_empty()
                || tells_as_ever(&node.name, slicing)
                    && (slicing.rules == SlicingRules::Open || names.iter().all(has_slice))
        };
        if node.slicing.as_ref().is_some_and(is_needless) {
            node.slicing = None;
        }
    }
}

/// A choice that is there once and of one type is spoken of as such, not by the slice for that type. So it is
/// where a slice has to be there (R4 Profiling FHIR, type slicing).
fn take_only_type(node: &mut ProfileElement, of: &pack::Element) {
    if !node.name.ends_with("[x]") || of.max != Some(1) {
        return;
    }
    let is_only = |slice: &ProfileElement| match (&slice.types[..], &node.types[..]) {
        ([one], [other]) => slice.min > 0 || one.code == other.code,
        ([_], _) => slice.min > 0,
        _ => false,
    };
    let Some(at) = node.slices.iter().position(is_only) else { return };
    let slice = node.slices.swap_remove(at);
    node.slicing = None;
    node.slices = slice.slices;
    node.types = slice.types;
    node.min = node.min.max(slice.min);
    node.fixed = slice.fixed.or(node.fixed.take());
    node.pattern = slice.pattern.or(node.pattern.take());
    node.binding = slice.binding.or(node.binding.take());
    node.max_length = slice.max_length.or(node.max_length);
    node.min_value = slice.min_value.or(node.min_value.take());
    node.max_value = slice.max_value.or(node.max_value.take());
    node.must_support |= slice.must_support;
    node.constraints.extend(slice.constraints);
    node.constraints.sort_unstable();
    node.constraints.dedup();
    // A slice began with what is said of all.
    node.elements.retain(|one| slice.elements.iter().all(|other| other.name != one.name));
    node.elements.extend(slice.elements);
}

/// Whether this is how extensions and choices are told apart where nobody says (R4 Profiling FHIR, slicing).
fn tells_as_ever(name: &str, slicing: &Slicing) -> bool {
    let (kind, path) = match name {
        "extension" | "modifierExtension" => (DiscriminatorKind::Value, "url"),
        _ if name.ends_with("[x]") => (DiscriminatorKind::Type, "$this"),
        _ => return false,
    };
    !slicing.ordered && matches!(&slicing.discriminators[..], [one] if one.kind == kind && one.path == path)
}

/// What is said of all is not said again of a slice, save what may tell the slices apart.
fn drop_repeated(slice: &mut ProfileElement, all: &ProfileElement) {
    slice.constraints.retain(|row| !all.constraints.contains(row));
    if slice.binding == all.binding {
        slice.binding = None;
    }
    if slice.max_length == all.max_length {
        slice.max_length = None;
    }
    for child in &mut slice.elements {
        if let Some(of_all) = all.elements.iter().find(|one| one.name == child.name) {
            drop_repeated(child, of_all);
            if child.types == of_all.types {
                child.types.clear();
            }
            if child.max == of_all.max {
                child.max = None;
            }
            child.must_support &= !of_all.must_support;
            child.slices.retain(|one| !of_all.slices.contains(one));
            if child.min == of_all.min {
                child.min = 0;
            }
        }
    }
    slice.elements.retain(says_something);
}

fn says_something(node: &ProfileElement) -> bool {
    let nothing = ProfileElement { name: node.name.clone(), ..ProfileElement::default() };
    *node != nothing
}
