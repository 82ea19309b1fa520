//! What an expression gives when all that is known is which elements are there.
//!
//! Many constraints ask no more: `name.exists() or telecom.exists()`. What they say can be worked out
//! once for each combination of the elements they name, and of those that their paths lead to.

use alloc::vec::Vec;

use super::program::{Code, Op};
use crate::json::{Kind, Unclear, Value};

/// What is known of a collection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Empty,
    /// It has items.
    Some,
    Boolean(bool),
    /// It is one number: zero, or more.
    Zero,
    More,
    /// Nothing; it may even be undecided.
    Nothing,
}

impl Code<'_> {
    /// Whether it lets pass an element of whose children those are there that `is_there` says, by their
    /// names, and whose paths lead somewhere as `leads` says, by where they end; `None` where that takes a look.
    pub(crate) fn by_presence(
        self,
        is_there: impl Fn(&str) -> bool,
        leads: impl Fn(usize) -> Option<bool>,
    ) -> Option<bool> {
        use Known::{Boolean, Empty, More, Nothing, Some as Any, Zero};
        let mut stack: Vec<Known> = Vec::new();
        for (at, &node) in self.nodes.iter().enumerate() {
            let operands = stack.split_off(stack.len().checked_sub(node.operands.into())?);
            let known = match (node.op, &operands[..]) {
                (Op::Name, _) if is_there(self.text(node)) => Any,
                (Op::Name, _) => Empty,
                (Op::Member, [Any | Nothing]) if node.is_path => match leads(at) {
                    Some(true) => Any,
                    Some(false) => Empty,
                    None => Nothing,
                },
                (Op::Member | Op::Where | Op::Select | Op::Union | Op::HasValue, [Empty, rest @ ..])
                    if rest.iter().all(|one| *one == Empty) || node.op != Op::Union =>
                {
                    if node.op == Op::HasValue { Boolean(false) } else { Empty }
                }
                (Op::Union, [Any, Any | Empty] | [Empty, Any]) => Any,
                (Op::Exists, [Empty, ..])
                | (Op::IsEmpty, [Any | Boolean(_)])
                | (Op::Greater, [Zero, Zero]) => Boolean(false),
                (Op::Exists, [Any | Boolean(_)]) | (Op::IsEmpty, [Empty]) | (Op::Greater, [More, Zero]) => {
                    Boolean(true)
                }
                (Op::Number, _) if self.text(node) == "0" => Zero,
                (Op::Count, [Empty]) | (Op::Add, [Zero, Zero]) => Zero,
                (Op::Count, [Any]) | (Op::Add, [Zero | More, Zero | More]) => More,
                (Op::Not, [Boolean(value)]) => Boolean(!value),
                (Op::And, [left, right]) => logic([*left, *right], [false, false], false),
                (Op::Or, [left, right]) => logic([*left, *right], [true, true], true),
                (Op::Implies, [left, right]) => logic([*left, *right], [false, true], true),
                (Op::Equal, [Boolean(left), Boolean(right)]) => Boolean(left == right),
                (Op::NotEqual | Op::Xor, [Boolean(left), Boolean(right)]) => Boolean(left != right),
                _ => Nothing,
            };
            stack.push(known);
        }
        match stack[..] {
            [Boolean(value)] => Some(value),
            [Empty] => Some(false),
            _ => None,
        }
    }
}

/// What an object has under a name.
type Found<'a> = Result<Option<Value<'a>>, Unclear>;

/// What there is of one element where paths begin.
pub(crate) struct Beginnings<'a> {
    value: Value<'a>,
    /// What was looked for last: constraints on one element mostly begin with the same.
    last: Option<(&'a str, Found<'a>)>,
}

impl<'a> Beginnings<'a> {
    pub(crate) fn of(value: Value<'a>) -> Self {
        Self { value, last: None }
    }

    /// Whether the path of these names leads to an element; `None` where that takes a look, as at what is called a
    /// little otherwise: a choice, a `_name`.
    pub(crate) fn lead(&mut self, mut path: impl Iterator<Item = &'a str> + Clone) -> Option<bool> {
        let name = path.next()?;
        let known = self.last.filter(|(last, _)| core::ptr::eq(*last, name) || *last == name);
        let (_, found) = *self.last.insert(known.unwrap_or_else(|| (name, find(self.value, name))));
        goes_on(found, path)
    }
}

/// Whether a path goes on from what a name was found to be.
fn goes_on<'n>(found: Found<'_>, path: impl Iterator<Item = &'n str> + Clone) -> Option<bool> {
    match found {
        Ok(None) => Some(false),
        Err(Unclear) => None,
        Ok(Some(value)) if value.kind() == Kind::Array => {
            let mut found = Some(false);
            for item in value.items() {
                let leads = if item.kind() == Kind::Array { None } else { leads(item, path.clone()) };
                match leads {
                    Some(true) => return Some(true),
                    other => found = found.and(other),
                }
            }
            found
        }
        Ok(Some(value)) => leads(value, path),
    }
}

fn find<'a>(value: Value<'a>, name: &str) -> Found<'a> {
    value.plain_member(name.as_bytes(), &mut 0)
}

fn leads<'n>(value: Value<'_>, mut path: impl Iterator<Item = &'n str> + Clone) -> Option<bool> {
    match path.next() {
        Some(name) => goes_on(find(value, name), path),
        None if value.kind() == Kind::Null => None,
        None => Some(true),
    }
}

/// What an operator gives that is `then` where one side is what it is to be, and else the opposite.
fn logic(sides: [Known; 2], deciding: [bool; 2], then: bool) -> Known {
    match sides {
        [left, right] if left == Known::Boolean(deciding[0]) || right == Known::Boolean(deciding[1]) => {
            Known::Boolean(then)
        }
        [Known::Boolean(_), Known::Boolean(_)] => Known::Boolean(!then),
        _ => Known::Nothing,
    }
}
