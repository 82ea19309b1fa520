//! Texts in plain JSON: what they are put together from, and what is asked of them.

use alloc::{borrow::Cow, vec::Vec};

use super::{equal::mix, eval::Evaluator, plain::Shape, program::Op};
use crate::json::{Unclear, Value, holds, is_same};

/// Few enough to compare each with all others.
const FEW: usize = 8;

impl<'a> Evaluator<'a> {
    /// The text that the node at `at` gives of `this`, if it gives one.
    pub(super) fn plain_words(
        &mut self,
        at: usize,
        this: Value<'a>,
    ) -> Result<Option<Cow<'a, str>>, Unclear> {
        let node = self.code.nodes[at];
        match node.shape {
            Shape::Text => Ok(Some(Cow::Borrowed(self.node_text(node)))),
            Shape::Path => match self.plain_item(at, this)? {
                Some(item) => item.as_plain_str().map(|text| Some(Cow::Borrowed(text))).ok_or(Unclear),
                None => Ok(None),
            },
            Shape::Words if node.is_constant => {
                let kept = self.constant_words(at, this)?;
                Ok(self.words[kept].1.clone())
            }
            _ => self.plain_words_anew(at, this),
        }
    }

    /// Where the text is kept that a node gives, which is constant.
    fn constant_words(&mut self, at: usize, this: Value<'a>) -> Result<usize, Unclear> {
        let known = self.words.iter().position(|(node, _)| *node == at);
        known.map_or_else(
            || {
                let words = self.plain_words_anew(at, this)?;
                self.words.push((at, words));
                Ok(self.words.len() - 1)
            },
            Ok,
        )
    }

    fn plain_words_anew(&mut self, at: usize, this: Value<'a>) -> Result<Option<Cow<'a, str>>, Unclear> {
        let words: Option<Cow<'a, str>> = match (self.code.nodes[at].op, self.operands(at)) {
            (Op::Concatenate, [Some(left), Some(right), ..]) => {
                let (left, right) = (self.plain_words(left, this)?, self.plain_words(right, this)?);
                match (left.filter(|text| !text.is_empty()), right.filter(|text| !text.is_empty())) {
                    (Some(left), Some(right)) => Some(Cow::Owned([left, right].concat())),
                    (left, right) => left.or(right).or(Some(Cow::Borrowed(""))),
                }
            }
            (Op::ReplaceMatches, [Some(text), Some(pattern), Some(by), _]) => {
                let [pattern, by] = [pattern, by].map(|at| self.node_text(self.code.nodes[at]));
                match self.plain_words(text, this)? {
                    Some(text) => {
                        self.spend((text.len() as u64 + 1) * (by.len() as u64 + 1) / 16)
                            .map_err(|_| Unclear)?;
                        let replaced = self.replace_matches(pattern, &text, by);
                        Some(Cow::Owned(replaced.map_err(|_| Unclear)?))
                    }
                    None => None,
                }
            }
            _ => return Err(Unclear),
        };
        let steps = words.as_ref().map_or(0, |text| text.len() as u64 / 16);
        if self.spend_some(steps) { Ok(words) } else { Err(Unclear) }
    }

    /// What is asked of the text before the one that the node at `last` gives.
    pub(super) fn plain_text_condition(
        &mut self,
        op: Op,
        last: usize,
        this: Value<'a>,
    ) -> Result<Option<bool>, Unclear> {
        let (text, node) = (self.plain_words(self.before(last), this)?, self.code.nodes[last]);
        if !self.spend_some(text.as_ref().map_or(0, |text| text.len() as u64 / 16)) {
            return Err(Unclear);
        }
        if op == Op::Matches {
            let Some(text) = text else { return Ok(None) };
            return self.matches(self.node_text(node), &text).map(Some).map_err(|_| Unclear);
        }
        let own;
        let argument = if node.shape == Shape::Words && node.is_constant {
            let kept = self.constant_words(last, this)?;
            self.words[kept].1.as_deref()
        } else {
            own = self.plain_words(last, this)?;
            own.as_deref()
        };
        Ok(text.as_deref().zip(argument).map(|(text, argument)| match op {
            Op::Contains => holds(text, argument),
            Op::StartsWith => text.starts_with(argument),
            _ => text.ends_with(argument),
        }))
    }

    /// Whether no two of the items or texts are equal that the node at `at` gives.
    pub(super) fn is_plainly_distinct(&mut self, at: usize, this: Value<'a>) -> Result<bool, Unclear> {
        let mut texts: Vec<Cow<'a, str>> = Vec::new();
        if self.code.nodes[at].shape == Shape::Texts {
            self.visit(self.before(at - 1), this, &mut |evaluator, item| {
                texts.extend(evaluator.plain_words(at - 1, item)?);
                Ok(true)
            })?;
        } else {
            let (mut first, mut count) = (None, 0);
            self.visit(at, this, &mut |_, item| {
                count += 1;
                if count == 1 {
                    // Nothing is asked of an only one.
                    first = Some(item);
                    return Ok(true);
                }
                for item in first.take().into_iter().chain([item]) {
                    // Dates are equal where they look different.
                    let text =
                        item.as_plain_str().filter(|text| !matches!(text.as_bytes(), [b'0'..=b'9', ..]));
                    texts.push(Cow::Borrowed(text.ok_or(Unclear)?));
                }
                Ok(true)
            })?;
        }
        self.are_distinct(&texts)
    }

    /// Whether no two of these texts are the same.
    fn are_distinct(&mut self, texts: &[Cow<'a, str>]) -> Result<bool, Unclear> {
        let is_same = |one: &Cow<'_, str>, other: &Cow<'_, str>| is_same(one.as_bytes(), other.as_bytes());
        if texts.len() <= FEW {
            let mut rest = texts;
            while let [one, others @ ..] = rest {
                if others.iter().any(|other| is_same(one, other)) {
                    return Ok(false);
                }
                rest = others;
            }
            return Ok(true);
        }
        // The number of each text, from one, at the first free place after that which its hash says.
        let mut places = alloc::vec![0_u32; (texts.len() * 2).next_power_of_two()];
        for (text, number) in texts.iter().zip(1_u32..) {
            let mut at = mix(text.as_bytes()) as usize;
            loop {
                at %= places.len();
                if !self.spend_some(1) {
                    return Err(Unclear);
                }
                match places[at] {
                    0 => break,
                    other if is_same(text, &texts[other as usize - 1]) => return Ok(false),
                    _ => at += 1,
                }
            }
            places[at] = number;
        }
        Ok(true)
    }
}
