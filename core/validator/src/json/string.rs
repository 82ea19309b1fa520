//! Strings as they stand in the text.

use alloc::{borrow::Cow, string::String};
use core::cmp::Ordering;

use super::block::{Block, first_of, first_special};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Whether two names or URLs are the same.
///
/// Eight bytes at a time, the last ones first: where there is no `memcmp`, as in WebAssembly, the comparison of the
/// standard library goes byte by byte, and URLs differ at their ends.
#[inline]
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match (one.last_chunk::<8>(), other.last_chunk::<8>()) {
        (Some(end), Some(other_end)) => {
            end == other_end && one.as_chunks::<8>().0.iter().eq(other.as_chunks::<8>().0)
        }
        _ => match (one.last_chunk::<4>(), other.last_chunk::<4>()) {
            (Some(end), Some(other_end)) => {
                end == other_end && one.first_chunk::<4>() == other.first_chunk::<4>()
            }
            _ => one.iter().eq(other),
        },
    }
}

/// The order of two texts by their bytes.
///
/// Eight bytes at a time, for the reason that [`is_same`] has.
#[inline]
pub(crate) fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let (ours, theirs) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
    let same = 8 * ours.iter().zip(theirs).take_while(|(one, other)| one == other).count();
    one[same..].iter().cmp(&other[same..])
}

/// An order of names or URLs that is quick to tell, for those who only want to find them again: by their lengths,
/// then by their ends, where most differ.
#[inline]
pub(crate) fn rank(one: &[u8], other: &[u8]) -> Ordering {
    let end = |text: &[u8]| text.last_chunk::<8>().map_or(0, |end| u64::from_le_bytes(*end));
    let by_end = one.len().cmp(&other.len()).then_with(|| end(one).cmp(&end(other)));
    by_end.then_with(|| compare(one, other))
}

/// Passes `part` at the beginning of `rest`, if it is there.
#[inline]
pub(crate) fn pass(rest: &mut &[u8], part: &[u8]) -> bool {
    let after = rest.strip_prefix(part);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

/// Length of the run at the start of `bytes` that holds none of `stops`.
#[inline]
pub(crate) fn run_to<const N: usize>(bytes: &[u8], stops: [u8; N]) -> usize {
    run(bytes, |block| first_of(block, stops), |byte| stops.contains(&byte))
}

/// Length of the run at the start of `bytes` up to the first that is wanted: of a block and of what is left.
#[inline]
fn run(bytes: &[u8], first: impl Fn(&Block) -> Option<usize>, is_wanted: impl Fn(u8) -> bool) -> usize {
    let (blocks, rest) = bytes.as_chunks();
    let mut run = 0;
    for block in blocks {
        if let Some(found) = first(block) {
            return run + found;
        }
        run += block.len();
    }
    run + rest.iter().take_while(|&&byte| !is_wanted(byte)).count()
}

/// Most bytes to look for by the first of them: as long as a comparison is a few steps, each may fail at its end.
const SHORT: usize = 32;

/// Whether `part` is somewhere in `text`.
///
/// Preparing to search takes the standard library longer than most searches here.
pub(crate) fn holds(text: &str, part: &str) -> bool {
    let (mut rest, part) = match part.as_bytes() {
        [] => return true,
        long if long.len() > SHORT => return text.contains(part),
        short => (text.as_bytes(), short),
    };
    while let Some(from) = rest.get(run_to(rest, [part[0]])..).filter(|from| from.len() >= part.len()) {
        if is_same(&from[..part.len()], part) {
            return true;
        }
        rest = &from[1..];
    }
    false
}

/// Length of the run at the start of `bytes` that holds no quote, backslash or control character.
///
/// Many bytes at a time: base64 attachments of megabytes pass through here.
#[inline]
pub(crate) fn plain_run(bytes: &[u8]) -> usize {
    run(bytes, first_special, |byte| byte == b'"' || byte == b'\\' || byte < 0x20)
}

/// What stands in `bytes` before the first `stop`, as a word with zeros behind it, and its length; `None` where there is
/// no `stop`.
#[inline]
pub(crate) fn before(bytes: [u8; 8], stop: u8) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(bytes);
    let rest = word ^ (ONES * u64::from(stop));
    let found = rest.wrapping_sub(ONES) & !rest & HIGHS;
    let first = found & found.wrapping_neg();
    (found != 0).then(|| (word & ((first >> 7) - 1), (found.trailing_zeros() / 8) as usize))
}

/// Whether there is neither white space nor a control character other than DEL in `bytes`, and all are ASCII.
#[inline]
pub(crate) fn is_visible(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let is_visible = |word: u64| (word.wrapping_sub(ONES * 0x21) | word) & HIGHS == 0;
    chunks.iter().all(|chunk| is_visible(u64::from_le_bytes(*chunk)))
        && rest.iter().all(|byte| (0x21..0x80).contains(byte))
}

/// The value of four hexadecimal digits.
pub(super) fn hex4(bytes: &[u8]) -> Option<u32> {
    bytes.get(..4)?.iter().try_fold(0, |value, &byte| Some(value << 4 | (byte as char).to_digit(16)?))
}

/// The text of a string whose escapes the parser has already found well-formed.
#[cold]
#[inline(never)]
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    let first = run_to(raw.as_bytes(), [b'\\']);
    if first == raw.len() {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    text.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some(&escape) = rest.as_bytes().get(1) {
        let mut length = 2;
        match escape {
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'u' => {
                length = 6;
                let mut code = hex4(&rest.as_bytes()[2..]).unwrap_or(0xFFFD);
                if (0xD800..0xDC00).contains(&code) {
                    let low = rest.as_bytes().get(8..).and_then(hex4).unwrap_or(0xDC00);
                    code = 0x10000 + ((code - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
                    length = 12;
                }
                text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            // Quote, backslash and slash stand for themselves.
            other => text.push(other as char),
        }
        rest = rest.get(length..).unwrap_or("");
        let plain = run_to(rest.as_bytes(), [b'\\']);
        text.push_str(&rest[..plain]);
        rest = &rest[plain..];
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec::Vec};

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_are_the_same_and_others_not(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            at in 0..40_usize,
            bit in 0..8_u8,
        ) {
            let mut other: Vec<u8> = bytes.clone();
            prop_assert!(is_same(&bytes, &other));
            if let Some(byte) = other.get_mut(at) {
                *byte ^= 1 << bit;
                prop_assert!(!is_same(&bytes, &other));
            }
            other.push(0);
            prop_assert!(!is_same(&bytes, &other));
        }
    }

    proptest! {
        #[test]
        fn an_order_is_that_of_the_bytes(one in "[ab]{0,20}", other in "[ab]{0,20}") {
            let [ours, theirs] = [&one, &other].map(String::as_bytes);
            prop_assert_eq!(compare(ours, theirs), ours.cmp(theirs));
            prop_assert_eq!(rank(ours, theirs), rank(theirs, ours).reverse());
            prop_assert_eq!(rank(ours, theirs).is_eq(), one == other);
        }

        #[test]
        fn a_part_is_held_where_the_standard_library_finds_it(text in "[ab]{0,50}", part in "[ab]{0,4}|[ab]{33}") {
            prop_assert_eq!(holds(&text, &part), text.contains(&part));
        }
    }

    #[test]
    fn what_is_visible_has_no_other_byte_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                let mut bytes = [b'!'; 20];
                bytes[at] = byte;
                assert_eq!(is_visible(&bytes), byte > b' ' && byte.is_ascii(), "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn a_plain_run_stops_at_each_special_byte_wherever_it_stands() {
        for special in [b'"', b'\\', 0x1F, 0x00, b'\n'] {
            for at in 0..20 {
                let mut bytes: Vec<u8> = "é ~\u{7f}abcdefghijklmnopq".bytes().take(20).collect();
                bytes[at] = special;
                assert_eq!(plain_run(&bytes), at, "{special:#x} at {at}");
            }
        }
        assert_eq!(plain_run("ÿ€𝄞 plain".as_bytes()), "ÿ€𝄞 plain".len());
    }

    #[test]
    fn unescapes_like_serde_json() {
        let escapes = [r"\u00e9\n", r"a\ud834\udd1eb", r#"\"\\\/\b\f\r\t"#, "plain", "", r"x\u0041é"];
        for (escape, length) in escapes.iter().flat_map(|escape| (0..40).map(move |length| (escape, length)))
        {
            let before: String = "é€ plain".chars().cycle().take(length).collect();
            let raw = &format!("{before}{escape}{}{escape}", "z".repeat(length));
            let expected: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
            assert_eq!(unescape(raw), expected);
        }
    }
}
