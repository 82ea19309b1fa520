//! Functions on texts.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
};
use core::ops::Range;

use super::{
    Undecided, case,
    eval::{Evaluator, Pushed},
    item::Item,
    program::Op,
};
use crate::json::holds;

impl<'a> Evaluator<'a> {
    /// The only text of a collection; `None` where there is none.
    pub(super) fn text_of(&mut self, range: Range<usize>) -> Result<Option<Cow<'a, str>>, Undecided<'a>> {
        let Some(item) = self.single(range)? else { return Ok(None) };
        let text = match (item.text(), item) {
            (None, Item::Element(element)) if element.primitive().is_none() => return Ok(None),
            // Numbers and dates are not texts; R4's constraints take them for such all the same.
            (None, item) => item.plain(self.model).map(|plain| Cow::Owned(plain.to_text())),
            (text, _) => text,
        };
        self.spend(text.as_ref().map_or(0, |text| text.len() as u64 / 16))?;
        Ok(text)
    }

    fn push_text(&mut self, text: impl Into<Cow<'a, str>>) -> Pushed<'a> {
        let text = text.into();
        self.spend(text.len() as u64 / 16)?;
        self.items.push(Item::Text(text));
        Ok(())
    }

    /// `&`: an empty collection counts as an empty text.
    pub(super) fn concatenate(&mut self, left: Range<usize>, right: Range<usize>) -> Pushed<'a> {
        let (left, right) = (self.text_of(left)?, self.text_of(right)?);
        self.push_text(left.unwrap_or_default().into_owned() + &right.unwrap_or_default())
    }

    pub(super) fn apply_text(&mut self, op: Op, ranges: &[Range<usize>; 4]) -> Pushed<'a> {
        let [input, first, second, _] = ranges.clone();
        if op == Op::Join {
            let separator = self.text_of(first)?.unwrap_or_default();
            let mut joined = String::new();
            let mut is_first = true;
            for at in input {
                let Some(text) = self.items[at].text() else { continue };
                // Before it is copied: many items may be one long text.
                self.spend((text.len() + separator.len()) as u64 / 16 + 1)?;
                if !is_first {
                    joined.push_str(&separator);
                }
                is_first = false;
                joined.push_str(&text);
            }
            return self.push_text(joined);
        }
        let Some(text) = self.text_of(input)? else { return Ok(()) };
        match op {
            Op::Length => self.items.push(Item::count(text.chars().count())),
            Op::Upper => self.push_text(case::upper(&text))?,
            Op::Lower => self.push_text(case::lower(&text))?,
            Op::Trim => self.push_text(text.trim().to_string())?,
            Op::ToChars => {
                for one in text.chars() {
                    self.push_text(one.to_string())?;
                    self.spend(1)?;
                }
            }
            Op::Substring => {
                let Some(start) = self.integer(first)? else { return Ok(()) };
                let length = if second.is_empty() { None } else { self.integer(second)? };
                let length = length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
                let rest = usize::try_from(start).ok().and_then(|start| text.char_indices().nth(start));
                if let Some((at, _)) = rest {
                    let part: String = text[at..].chars().take(length).collect();
                    self.push_text(part)?;
                }
            }
            _ => {
                let Some(argument) = self.text_of(first)? else { return Ok(()) };
                self.apply_to_texts(op, &text, &argument, second)?;
            }
        }
        Ok(())
    }

    fn apply_to_texts(&mut self, op: Op, text: &str, argument: &str, second: Range<usize>) -> Pushed<'a> {
        let index =
            |at: Option<usize>| at.map_or(Item::Integer(-1), |at| Item::count(text[..at].chars().count()));
        match op {
            Op::IndexOf => self.items.push(index(text.find(argument))),
            Op::LastIndexOf => self.items.push(index(text.rfind(argument))),
            Op::StartsWith => self.items.push(Item::Boolean(text.starts_with(argument))),
            Op::EndsWith => self.items.push(Item::Boolean(text.ends_with(argument))),
            Op::Contains => self.items.push(Item::Boolean(holds(text, argument))),
            Op::Split => {
                for part in text.split(argument) {
                    self.spend(1)?;
                    self.push_text(part.to_string())?;
                }
            }
            Op::Matches | Op::MatchesFull => {
                let pattern = match op {
                    Op::Matches => Cow::Borrowed(argument),
                    _ => Cow::Owned(format!("^(?:{argument})$")),
                };
                let found = self.matches(&pattern, text)?;
                self.items.push(Item::Boolean(found));
            }
            _ => {
                let Some(by) = self.text_of(second)? else { return Ok(()) };
                // Where nothing is looked for, every gap is a place to put it.
                self.spend((text.len() as u64 + 1) * (by.len() as u64 + 1) / 16)?;
                let replaced = if op == Op::Replace {
                    text.replace(argument, &by)
                } else {
                    self.replace_matches(argument, text, &by)?
                };
                self.push_text(replaced)?;
            }
        }
        Ok(())
    }
}
