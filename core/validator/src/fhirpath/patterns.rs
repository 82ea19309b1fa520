//! Regular expressions, each read once.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use regex_lite::{Regex, RegexBuilder};

use super::{Undecided, eval::Evaluator, runs::Run};
use crate::json::is_same;

/// Most patterns kept compiled.
const MOST_PATTERNS: usize = 64;

/// What is told of a text that is no pattern, or too large a one.
const MALFORMED: Undecided<'_> = Undecided("a regular expression of this form");

/// A pattern, decided by a run of characters or compiled, where it is one.
pub(super) struct Pattern {
    text: String,
    states: u64,
    way: Way,
}

/// How a pattern is decided.
enum Way {
    Run(Run),
    Compiled(Regex),
    /// It is no pattern, or too large.
    None,
}

impl Pattern {
    fn new(pattern: &str, states: u64) -> Self {
        let run = Run::of(pattern, states).map(Way::Run);
        let way = run.or_else(|| compile(pattern).map(Way::Compiled)).unwrap_or(Way::None);
        Self { text: pattern.to_owned(), states, way }
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).dot_matches_new_line(true).size_limit(256 * 1024).build().ok()
}

impl<'a> Evaluator<'a> {
    /// Whether `pattern` matches a part of `text`.
    pub(super) fn matches(&mut self, pattern: &str, text: &str) -> Result<bool, Undecided<'a>> {
        match &self.pattern(pattern, text)?.way {
            Way::Run(run) => Ok(run.is_in(text)),
            Way::Compiled(regex) => Ok(regex.is_match(text)),
            Way::None => Err(MALFORMED),
        }
    }

    /// `text` with `by` where `pattern` matches.
    pub(super) fn replace_matches(
        &mut self,
        pattern: &str,
        text: &str,
        by: &str,
    ) -> Result<String, Undecided<'a>> {
        let way = &mut self.pattern(pattern, text)?.way;
        if matches!(way, Way::Run(_)) {
            // Where it matches takes a closer look.
            *way = compile(pattern).map_or(Way::None, Way::Compiled);
        }
        match way {
            Way::Compiled(regex) => Ok(regex.replace_all(text, by).into_owned()),
            _ => Err(MALFORMED),
        }
    }

    /// A pattern, to be matched with `text`: that takes time in proportion to both, whatever they are.
    fn pattern(&mut self, pattern: &str, text: &str) -> Result<&mut Pattern, Undecided<'a>> {
        let known = self.patterns.iter().position(|one| is_same(one.text.as_bytes(), pattern.as_bytes()));
        let states = known.map_or_else(|| states(pattern), |at| self.patterns[at].states);
        self.spend(work(text, states))?;
        self.spend(pattern.len() as u64)?;
        let at = known.unwrap_or_else(|| {
            if self.patterns.len() >= MOST_PATTERNS {
                self.patterns.clear();
            }
            self.patterns.push(Pattern::new(pattern, states));
            self.patterns.len() - 1
        });
        Ok(&mut self.patterns[at])
    }
}

/// What matching costs at worst: each state that a pattern has for each byte of the text.
fn work(text: &str, states: u64) -> u64 {
    (text.len() as u64 + 1).saturating_mul(states + 1) / 16
}

/// About how many states a pattern has, which is more than it has characters: what is repeated a
/// number of times is there as often.
pub(super) fn states(pattern: &str) -> u64 {
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
    use proptest::prelude::*;

    use super::*;
    use crate::fhirpath::model::{Child, Class, Element, Model, Type};

    /// No types at all: a pattern is of texts.
    struct Nothing;

    impl Model for Nothing {
        fn resource(&self, _: &str) -> Option<Type> {
            None
        }

        fn child(&self, _: Type, _: &str) -> Option<Child> {
            None
        }

        fn is_abstract(&self, _: Type) -> bool {
            false
        }

        fn class(&self, _: Type) -> Option<Class> {
            None
        }

        fn is(&self, _: Type, _: &str) -> bool {
            false
        }

        fn decide(&self, _: &str, _: Element<'_>, _: Option<&str>) -> Option<bool> {
            None
        }
    }

    proptest! {
        #[test]
        fn one_pattern_after_another_matches_as_it_does_alone(texts in prop::collection::vec("[ab]{0,3}|a{30,34}", 0..60)) {
            let mut evaluator = Evaluator::new(&Nothing, 1_000_000);
            for text in texts {
                for pattern in ["^(ab)*$", "b|^$", "^[a]*$"] {
                    let found = evaluator.matches(pattern, &text).unwrap();
                    prop_assert_eq!(found, Regex::new(pattern).unwrap().is_match(&text), "{} {}", pattern, text);
                }
            }
        }
    }

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
