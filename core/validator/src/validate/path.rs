//! Where an issue is, written only when there is one.

use alloc::{string::String, vec::Vec};
use core::{fmt::Write, iter::successors};

pub(super) use crate::pack::stem;

use super::walk::Frame;
use crate::{
    json::{Key, Value, escape, tokens},
    pack::{MemberRow, Pack, Text},
};

/// One step down from an object: a member, and an item where the member is an array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    pub(super) key: Key<'a>,
    /// What the definitions know of it, if anything.
    pub(super) member: Option<&'a MemberRow>,
    pub(super) index: Option<u32>,
}

impl Step<'_> {
    /// The same member, and of its items the one at `index`.
    pub(super) fn item(self, index: u32) -> Self {
        Self { index: Some(index), ..self }
    }
}

/// A step down from a resource that a profile speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail<'a> {
    /// The step before it, by its number; `None` where it starts at the resource.
    pub(super) parent: Option<u32>,
    pub(super) key: Key<'a>,
    /// The name of the element, of a choice without its type.
    pub(super) name: &'a str,
    pub(super) index: Option<u32>,
}

/// All steps there are, the last of those that lead somewhere, and an element that is missing there.
pub(super) type Way<'s, 'a> = (&'s [Trail<'a>], Option<u32>, Option<&'a str>);

/// Adds to the FHIRPath of a resource what leads from it to a place inside.
pub(super) fn append_expression(expression: &mut String, way: Way<'_, '_>) {
    for step in trails(way) {
        expression.push('.');
        expression.push_str(step.name);
        if let Some(index) = step.index {
            push_index(expression, index);
        }
    }
    if let (_, _, Some(missing)) = way {
        expression.push('.');
        expression.push_str(missing);
    }
}

/// The same for its JSON Pointer.
pub(super) fn append_pointer(pointer: &mut String, way: Way<'_, '_>) {
    for step in trails(way) {
        push_member(pointer, &step.key, step.index);
    }
}

fn trails<'s, 'a>((trails, last, _): Way<'s, 'a>) -> impl Iterator<Item = &'s Trail<'a>> {
    let find = |at: Option<u32>| at.and_then(|at| trails.get(at as usize));
    let mut steps: Vec<_> = successors(find(last), |trail| find(trail.parent)).collect();
    steps.reverse();
    steps.into_iter()
}

/// A place seen from the innermost open object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The way there; `None` for the object itself.
    pub(super) step: Option<Step<'a>>,
    /// An element of it that is missing.
    pub(super) missing: Option<Text>,
    /// Where it stands in the text.
    pub(super) offset: usize,
}

impl Place<'_> {
    /// Of an array at this place the item at `index`.
    pub(super) fn item(self, index: u32, item: Value<'_>) -> Self {
        Self { step: self.step.map(|step| step.item(index)), offset: item.offset(), ..self }
    }
}

/// Adds the place as FHIRPath. A choice goes by its own name (`value`), a `_name` member by the name of
/// its element.
pub(super) fn push_expression(path: &mut String, pack: &Pack, stack: &[Frame<'_>], place: Place<'_>) {
    path.push_str(stack.first().map_or("$this", |root| pack.text(root.structure.name)));
    for step in steps(stack, place) {
        path.push('.');
        match step.member {
            Some(member) => path.push_str(stem(pack.text(pack.element(member).name))),
            None => push_name(path, &step.key.as_str()),
        }
        if let Some(index) = step.index {
            push_index(path, index);
        }
    }
    if let Some(missing) = place.missing {
        path.push('.');
        path.push_str(stem(pack.text(missing)));
    }
}

/// Adds a place in what could not be read, so that no definition says what it is, as FHIRPath.
pub(super) fn push_of_pointer(path: &mut String, pointer: &str) {
    path.push_str("$this");
    for token in tokens(pointer).into_iter().flatten() {
        if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit()) {
            let _ = write!(path, "[{token}]");
        } else {
            path.push('.');
            push_name(path, &token);
        }
    }
}

/// Adds the place as JSON Pointer.
pub(super) fn push_pointer(path: &mut String, stack: &[Frame<'_>], place: Place<'_>) {
    for step in steps(stack, place) {
        push_member(path, &step.key, step.index);
    }
}

fn push_member(path: &mut String, key: &Key<'_>, index: Option<u32>) {
    path.push('/');
    path.push_str(&escape(&key.as_str()));
    if let Some(index) = index {
        path.push('/');
        push_number(path, index);
    }
}

fn push_index(path: &mut String, index: u32) {
    path.push('[');
    push_number(path, index);
    path.push(']');
}

/// Writes a number at the cost of its digits: a report may have as many of them as a list has items.
fn push_number(text: &mut String, number: u32) {
    let mut unit = 1;
    while number / unit > 9 {
        unit *= 10;
    }
    while unit > 0 {
        text.push(char::from(b'0' + (number / unit % 10) as u8));
        unit /= 10;
    }
}

fn steps<'s, 'a>(stack: &'s [Frame<'a>], place: Place<'a>) -> impl Iterator<Item = Step<'a>> + use<'s, 'a> {
    let around = stack.split_last().map_or(stack, |(_, around)| around);
    around.iter().filter_map(|frame| frame.at).chain(place.step)
}

/// A name that is no identifier of FHIRPath goes between backticks, with the escapes it has there: control
/// characters are no part of a FHIR string, and expressions have to be some in an OperationOutcome.
fn push_name(path: &mut String, name: &str) {
    let is_identifier = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_identifier {
        return path.push_str(name);
    }
    path.push('`');
    for char in name.chars() {
        if char.is_control() {
            // Writing to a String never fails.
            let _ = write!(path, "\\u{:04x}", u32::from(char));
        } else {
            if matches!(char, '\\' | '`') {
                path.push('\\');
            }
            path.push(char);
        }
    }
    path.push('`');
}
