//! Patterns that ask for characters of one class, one after another: `^[a-z]+$`, or `[A-Z][a-z]*(-[a-z]+)*`, which
//! any text matches that has one of `[A-Z]`, since what follows there may be nothing.
//!
//! R4 has little else. Compiling such a pattern would take longer than everything else about most resources.

use crate::json::pass;

/// Most states of a pattern, and most groups in one another: few enough for every compiler of patterns.
const MOST_STATES: u64 = 400;
const MOST_LEVELS: u32 = 8;

/// A pattern that is decided by one run of characters.
#[derive(Debug)]
pub(super) struct Run {
    class: Class,
    least: usize,
    most: usize,
    is_from_start: bool,
    is_to_end: bool,
}

/// Which characters belong to a class.
#[derive(Clone, Copy, Debug)]
struct Class {
    /// A bit for each of ASCII.
    ascii: u128,
    /// Whether all others do.
    others: bool,
}

impl Class {
    fn has(self, one: char) -> bool {
        if one.is_ascii() { self.ascii >> (one as u32) & 1 != 0 } else { self.others }
    }
}

impl Run {
    /// That of `pattern`, which has this many states; `None` where it is another pattern, or perhaps none at all.
    pub(super) fn of(pattern: &str, states: u64) -> Option<Self> {
        if !pattern.is_ascii() || states > MOST_STATES {
            return None;
        }
        let mut rest = pattern.as_bytes();
        let is_from_start = pass(&mut rest, b"^");
        if !pass(&mut rest, b"[") {
            return None;
        }
        let class = class(&mut rest)?;
        let (least, most) = times(&mut rest)?;
        let is_to_end = pass(&mut rest, b"$");
        if !is_to_end {
            while !rest.is_empty() {
                atom(&mut rest, MOST_LEVELS)?;
                if times(&mut rest)?.0 > 0 {
                    return None;
                }
            }
        }
        rest.is_empty().then_some(Self { class, least, most, is_from_start, is_to_end })
    }

    /// Whether `text` has such a run.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let is_one = |one: &char| self.class.has(*one);
        match (self.is_from_start, self.is_to_end) {
            (true, true) => {
                let count = text.chars().take_while(is_one).count();
                (self.least..=self.most).contains(&count) && text.chars().nth(count).is_none()
            }
            (true, false) => text.chars().take_while(is_one).take(self.least).count() == self.least,
            (false, true) => text.chars().rev().take_while(is_one).take(self.least).count() == self.least,
            (false, false) => {
                let mut run = 0;
                self.least == 0
                    || text.chars().any(|one| {
                        run = if is_one(&one) { run + 1 } else { 0 };
                        run == self.least
                    })
            }
        }
    }
}

fn next(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

/// The characters of a class, whose `[` is passed.
fn class(rest: &mut &[u8]) -> Option<Class> {
    let is_negated = pass(rest, b"^");
    let mut ascii = 0;
    let mut is_first = true;
    while is_first || !pass(rest, b"]") {
        match next(rest)? {
            // Where these stand they may mean something else.
            b'[' => return None,
            twice @ (b'&' | b'~') if rest.first() == Some(&twice) => return None,
            b']' if is_first => return None,
            b'-' if !is_first && rest.first() != Some(&b']') => return None,
            b'\\' if matches!(rest.first(), Some(b's' | b'd' | b'w')) => {
                let name = next(rest)?;
                ascii |=
                    (0..128_u8).filter(|one| is_named(name, *one)).fold(0, |set, one| set | 1_u128 << one);
                if rest.first() == Some(&b'-') {
                    return None;
                }
            }
            first => {
                let first = literal(first, rest)?;
                let last = match rest {
                    [b'-', b']' | b'-', ..] => first,
                    [b'-', last, after @ ..] => {
                        *rest = after;
                        literal(*last, rest)?
                    }
                    _ => first,
                };
                if last < first {
                    return None;
                }
                ascii = (first..=last).fold(ascii, |set, one| set | 1_u128 << one);
            }
        }
        is_first = false;
    }
    Some(Class { ascii: if is_negated { !ascii } else { ascii }, others: is_negated })
}

/// Whether `one` belongs to the class that is written with a `\` and this name.
fn is_named(name: u8, one: u8) -> bool {
    match name {
        b's' => matches!(one, b'\t'..=b'\r' | b' '),
        b'd' => one.is_ascii_digit(),
        _ => one.is_ascii_alphanumeric() || one == b'_',
    }
}

/// A character that stands for itself, or behind a `\` for what it is.
fn literal(first: u8, rest: &mut &[u8]) -> Option<u8> {
    if first != b'\\' {
        return Some(first);
    }
    next(rest).filter(|one| one.is_ascii_punctuation() && !matches!(one, b'<' | b'>'))
}

/// How often what is before may be there, at least and at most.
fn times(rest: &mut &[u8]) -> Option<(usize, usize)> {
    let found = match rest.first() {
        Some(b'*') => (0, usize::MAX),
        Some(b'+') => (1, usize::MAX),
        Some(b'?') => (0, 1),
        Some(b'{') => {
            *rest = &rest[1..];
            let least = count(rest)?;
            let most = match (pass(rest, b","), rest.first()) {
                (false, _) => least,
                (true, Some(b'}')) => usize::MAX,
                (true, _) => count(rest)?,
            };
            if least > most || rest.first() != Some(&b'}') {
                return None;
            }
            (least, most)
        }
        _ => return Some((1, 1)),
    };
    next(rest)?;
    // What comes after that changes what it means.
    (!matches!(rest.first(), Some(b'*' | b'+' | b'?' | b'{'))).then_some(found)
}

fn count(rest: &mut &[u8]) -> Option<usize> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = core::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    *rest = &rest[digits..];
    Some(number)
}

/// Passes a character, a class or a group.
fn atom(rest: &mut &[u8], levels: u32) -> Option<()> {
    match next(rest)? {
        b'[' => class(rest).map(drop),
        b'(' => {
            let levels = levels.checked_sub(1)?;
            pass(rest, b"?:");
            loop {
                atom(rest, levels)?;
                times(rest)?;
                if pass(rest, b")") {
                    return Some(());
                }
                pass(rest, b"|");
            }
        }
        b'^' | b'$' | b'*' | b'+' | b'?' | b'{' | b')' | b'|' => None,
        b'\\' if matches!(rest.first(), Some(b's' | b'd' | b'w')) => next(rest).map(drop),
        first => literal(first, rest).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec};

    use proptest::prelude::*;
    use regex_lite::RegexBuilder;

    use super::*;

    fn regex(pattern: &str) -> Option<regex_lite::Regex> {
        RegexBuilder::new(pattern).dot_matches_new_line(true).size_limit(256 * 1024).build().ok()
    }

    #[test]
    fn patterns_of_r4_are_runs() {
        for (pattern, good, bad) in [
            ("[A-Z]([A-Za-z0-9_]){0,254}", vec!["A", "xA"], vec!["", "a"]),
            (r"^[a-zA-Z0-9\/\-_\[\]\@]+$", vec!["a/-_[]@"], vec!["", "a.", "é"]),
            (r"[A-Za-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*(\[x])?)*", vec!["Task.a", "1x"], vec!["", "1.2"]),
            (
                r#"[^\s\.,:;\'"\/|?!@#$%&*()\[\]{}]{1,64}(\.[^\s\.,:;\'"\/|?!@#$%&*()\[\]{}]{1,64}(\[x\])?(\:[^\s\.]+)?)*"#,
                vec!["Task.a[x]", ".é"],
                vec!["", " .,\t"],
            ),
            ("^[a-z]{2,3}$", vec!["ab", "abc"], vec!["a", "abcd", "ab\n"]),
            ("[a-c]{2}$", vec!["xab"], vec!["abx", "b"]),
            ("^[ab]{2}", vec!["abx"], vec!["axb"]),
            ("[ab]{2}", vec!["xabx"], vec!["axb"]),
        ] {
            let run = Run::of(pattern, 135).unwrap_or_else(|| panic!("{pattern}"));
            let regex = regex(pattern).unwrap();
            for (texts, is_good) in [(good, true), (bad, false)] {
                for text in texts {
                    assert_eq!(
                        (run.is_in(text), regex.is_match(text)),
                        (is_good, is_good),
                        "{pattern} {text}"
                    );
                }
            }
        }
    }

    #[test]
    fn other_patterns_are_none() {
        for pattern in [
            "",
            "a",
            "[a]b",
            "[a&&b]",
            "[a]|b",
            "[a]+?",
            "[a]**",
            "[]a]",
            "[a-]b*$",
            "[[:alpha:]]",
            "[b-a]",
            "[a",
            "[a](b",
            "[a]{2,1}",
            "[a]{,2}",
            "[a](?i:b)*",
            r"[a]\b*",
            r"[\S]",
            "[é]",
            "[a]()*",
            "[a](|b)*",
            "[a]^*",
            "[a]{99999}",
        ] {
            assert!(Run::of(pattern, super::super::patterns::states(pattern)).is_none(), "{pattern}");
        }
    }

    fn atoms() -> impl Strategy<Value = String> {
        let class = r"\[\^?(a|b-d|\\\.|\\s|\\w|\\d|-|\\\]|é|:){1,3}-?\]";
        prop_oneof![class, "a", r"\\\.", r"\\s", "]", "\\."].prop_recursive(2, 8, 3, |inner| {
            let term = (inner, times()).prop_map(|(atom, times)| format!("{atom}{times}"));
            prop::collection::vec(term, 1..3).prop_map(|terms| format!("({})", terms.join("|")))
        })
    }

    fn times() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["", "*", "+", "?", "{2}", "{0,3}", "{1,}", "{2,1}", "*?"])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn a_run_is_where_the_pattern_matches(
            (start, end) in (any::<bool>(), any::<bool>()),
            atoms in prop::collection::vec((atoms(), times()), 1..4),
            texts in prop::collection::vec(r"[ab\.é\] :-]{0,6}", 5),
        ) {
            let atoms: String = atoms.iter().flat_map(|(atom, times)| [atom, *times]).collect();
            let pattern = format!("{}{atoms}{}", if start { "^" } else { "" }, if end { "$" } else { "" });
            if let Some(run) = Run::of(&pattern, super::super::patterns::states(&pattern)) {
                let regex = regex(&pattern);
                prop_assert!(regex.is_some(), "{pattern}");
                for text in texts {
                    let found = regex.as_ref().map(|regex| regex.is_match(&text));
                    prop_assert_eq!(Some(run.is_in(&text)), found, "{} {}", pattern, text);
                }
            }
        }
    }
}
