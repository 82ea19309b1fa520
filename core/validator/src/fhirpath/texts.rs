//! Functions on texts.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::ops::Range;

use regex_lite::{Regex, RegexBuilder};

use super::{
    Undecided, case,
    eval::{Evaluator, Pushed},
    item::Item,
    program::Op,
};

/// Most patterns kept compiled.
const MOST_PATTERNS: usize = 64;

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
            Op::Contains => self.items.push(Item::Boolean(text.contains(argument))),
            Op::Split => {
                for part in text.split(argument) {
                    self.spend(1)?;
                    self.push_text(part.to_string())?;
                }
            }
            Op::Matches | Op::MatchesFull => {
                let pattern = if op == Op::Matches { argument.into() } else { format!("^(?:{argument})$") };
                self.spend(work(text, &pattern))?;
                let found = self.pattern(&pattern)?.is_match(text);
                self.items.push(Item::Boolean(found));
            }
            _ => {
                let Some(by) = self.text_of(second)? else { return Ok(()) };
                // Where nothing is looked for, every gap is a place to put it.
                self.spend((text.len() as u64 + 1) * (by.len() as u64 + 1) / 16)?;
                let replaced = if op == Op::Replace {
                    text.replace(argument, &by)
                } else {
                    self.spend(work(text, argument))?;
                    self.pattern(argument)?.replace_all(text, &*by).into_owned()
                };
                self.push_text(replaced)?;
            }
        }
        Ok(())
    }

    /// A compiled pattern. Matching takes time in proportion to text and pattern, whatever they are.
    fn pattern(&mut self, pattern: &str) -> Result<&Regex, Undecided<'a>> {
        if self.patterns.len() >= MOST_PATTERNS {
            self.patterns.clear();
        }
        self.spend(pattern.len() as u64)?;
        let compiled = self.patterns.entry(pattern.into()).or_insert_with(|| {
            let mut builder = RegexBuilder::new(pattern);
            builder.dot_matches_new_line(true).size_limit(256 * 1024).build().ok()
        });
        compiled.as_ref().ok_or(Undecided("a regular expression of this form"))
    }
}

/// What matching costs at worst: each state that a pattern has for each byte of the text.
fn work(text: &str, pattern: &str) -> u64 {
    (text.len() as u64 + 1).saturating_mul(states(pattern) + 1) / 16
}

/// About how many states a pattern has, which is more than it has characters: what is repeated a
/// number of times is there as often.
fn states(pattern: &str) -> u64 {
    // The states of each open group so far, the whole last.
    let (mut open, mut all, mut last) = (Vec::new(), 0_u64, 0_u64);
    let mut rest = pattern.chars();
    while let Some(one) = rest.next() {
        match one {
            '(' => open.push(core::mem::take(&mut all)),
            ')' => {
                last = all;
                all = all.saturating_add(open.pop().unwrap_or(0));
            }
            '{' => {
                let (times, after) = rest.as_str().split_once('}').unwrap_or_default();
                let most = times.rsplit(',').find_map(|times| times.trim().parse().ok()).unwrap_or(1_u64);
                all = all.saturating_add(last.saturating_mul(most.saturating_sub(1)));
                last = last.saturating_mul(most.max(1));
                rest = after.chars();
            }
            '*' | '+' | '?' | '|' | '^' | '$' => {}
            _ => {
                match one {
                    '\\' => drop(rest.next()),
                    '[' => class(&mut rest),
                    _ => {}
                }
                last = 1;
                all = all.saturating_add(1);
            }
        }
    }
    open.into_iter().fold(all, u64::saturating_add)
}

/// Passes a class of characters, its `[` passed. A `]` that comes first is one of them.
fn class(rest: &mut core::str::Chars<'_>) {
    let mut is_first = true;
    while let Some(one) = rest.next() {
        match one {
            ']' if !is_first => return,
            '\\' => drop(rest.next()),
            _ => {}
        }
        is_first = one == '^' && is_first;
    }
}

#[cfg(test)]
mod tests {
    use super::states;

    #[test]
    fn repetitions_count() {
        for (pattern, count) in [
            ("", 0),
            ("abc", 3),
            ("a|b*", 2),
            ("\\(\\d+", 2),
            ("[a-z(){2}]x", 2),
            ("[]a]", 1),
            ("[^]a]", 1),
            ("a{3}b", 4),
            ("(ab){2,5}", 10),
            ("((a{10}){10}b){10,}", 1010),
            ("(a", 1),
            ("a{x}", 1),
            ("a{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}{9}", u64::MAX),
        ] {
            assert_eq!(states(pattern), count, "{pattern}");
        }
    }
}
