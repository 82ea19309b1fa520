//! What an expression gives when all that is known is which elements are there.
//!
//! Many constraints ask no more: `name.exists() or telecom.exists()`. What they say can be worked out
//! once for each combination of the elements they name.

use alloc::vec::Vec;

use super::program::{Code, Op};

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
    /// names; `None` where that takes a look.
    pub(crate) fn by_presence(self, is_there: impl Fn(&str) -> bool) -> Option<bool> {
        use Known::{Boolean, Empty, More, Nothing, Some as Any, Zero};
        let mut stack: Vec<Known> = Vec::new();
        for &node in self.nodes {
            let operands = stack.split_off(stack.len().checked_sub(node.operands.into())?);
            let known = match (node.op, &operands[..]) {
                (Op::Name, _) if is_there(self.text(node)) => Any,
                (Op::Name, _) => Empty,
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
            // What gives nothing says nothing against the element.
            [Empty] => Some(true),
            _ => None,
        }
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
