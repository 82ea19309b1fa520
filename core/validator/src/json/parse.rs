//! Bytes to tape, in one pass and without recursion.

use alloc::{string::String, vec::Vec};
use core::mem;

use super::{
    Document,
    block::{Block, first_other, first_special, is_run},
    document::{Node, Tag},
    position::{Locator, Position},
    string::{hex4, plain_run},
    unfinished,
};

/// How much a [`Document`] may hold.
///
/// The depth costs memory only, never stack, so it can be generous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of text; more than 4 GiB less one byte is never possible.
    pub bytes: usize,
    /// Most arrays and objects open at once.
    pub depth: usize,
}

impl Default for Limits {
    /// 256 MiB of text, 10,000 levels.
    fn default() -> Self {
        Self { bytes: 256 << 20, depth: 10_000 }
    }
}

/// Why a text is not a [`Document`], and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Byte offset into the input.
    pub offset: usize,
    /// The same place as line and column.
    pub position: Position,
    /// The string as JSON Pointer, where the text is JSON but for one that is no text
    /// ([`ParseErrorKind::LoneSurrogate`]); else the whole, which is empty.
    pub pointer: String,
}

/// What is wrong with a text; [`ParseError`] says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Nothing but white space.
    #[error("the input is empty; expected a JSON value")]
    Empty,
    /// The text stops inside a value.
    #[error("the input ends inside a value; it was probably cut off")]
    Truncated,
    /// A byte sequence that is not UTF-8 (RFC 8259 section 8.1).
    #[error("not valid UTF-8; FHIR JSON is exchanged as UTF-8")]
    Utf8,
    /// No value where one has to stand.
    #[error("expected a JSON value")]
    ExpectedValue,
    /// Markup where JSON was expected, as from a proxy's error page.
    #[error("expected a JSON value, found '<': this looks like HTML or XML")]
    Markup,
    /// No member name where one has to stand.
    #[error("expected a member name in double quotes")]
    ExpectedName,
    /// No colon after a member name.
    #[error("expected ':' after the member name")]
    ExpectedColon,
    /// No comma or end after a member.
    #[error("expected ',' or '}}' after the member")]
    ExpectedCommaOrBrace,
    /// No comma or end after an array item.
    #[error("expected ',' or ']' after the item")]
    ExpectedCommaOrBracket,
    /// More text after the value.
    #[error("expected the end of the input after the value")]
    Trailing,
    /// A number that JSON does not allow, such as `01`, `1.` or `+1`.
    #[error("not a JSON number")]
    Number,
    /// A backslash followed by something JSON does not know.
    #[error("unknown escape; JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits")]
    Escape,
    /// Half of a surrogate pair, which is no character.
    #[error("a \\u escape names half of a surrogate pair")]
    LoneSurrogate,
    /// A control character inside a string.
    #[error("control characters inside a string must be escaped")]
    ControlCharacter,
    /// More bytes than [`Limits::bytes`].
    #[error("the input is larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// More levels than [`Limits::depth`].
    #[error("arrays and objects are nested deeper than the limit of {0} levels")]
    TooDeep(usize),
}

impl Document {
    /// Reads `text` with the default [`Limits`].
    ///
    /// Takes bytes or text, borrowed or owned; an owned buffer is not copied. A byte order mark
    /// is kept in the text and otherwise ignored, as RFC 8259 allows.
    ///
    /// # Errors
    /// [`ParseError`] with the place of the first fault.
    pub fn parse(text: impl Into<Vec<u8>>) -> Result<Self, ParseError> {
        Self::parse_within(text, Limits::default())
    }

    /// Reads `text` within `limits`; otherwise as [`Document::parse`].
    pub fn parse_within(text: impl Into<Vec<u8>>, limits: Limits) -> Result<Self, ParseError> {
        let bytes = text.into();
        let limit = limits.bytes.min(u32::MAX as usize - 1);
        if bytes.len() > limit {
            return Err(error(&bytes, ParseErrorKind::TooLarge(limit), limit));
        }
        let text = String::from_utf8(bytes).map_err(|fault| {
            let offset = fault.utf8_error().valid_up_to();
            error(fault.as_bytes(), ParseErrorKind::Utf8, offset)
        })?;
        let fault = (ParseErrorKind::Empty, 0);
        let mut parser = Parser { bytes: text.as_bytes(), nodes: Vec::new(), depth: limits.depth, fault };
        if let Err(Stopped) = parser.run() {
            let (kind, offset) = parser.fault;
            let pointer = match kind {
                ParseErrorKind::LoneSurrogate => unfinished::pointer(&text, &parser.nodes),
                _ => String::new(),
            };
            return Err(ParseError { pointer, ..error(text.as_bytes(), kind, offset) });
        }
        let nodes = parser.nodes;
        Ok(Self::from_parts(text, nodes))
    }
}

fn error(bytes: &[u8], kind: ParseErrorKind, offset: usize) -> ParseError {
    ParseError { kind, offset, position: Locator::new(bytes).position(offset), pointer: String::new() }
}

/// What is wrong, and where.
type Fault = (ParseErrorKind, usize);

/// Something is wrong: the parser keeps what it is, so that what is not wrong costs nothing to tell.
struct Stopped;

/// The number of no node: there are fewer than bytes, of which there are never so many.
const NONE: u32 = u32::MAX;

struct Parser<'t> {
    bytes: &'t [u8],
    nodes: Vec<Node>,
    depth: usize,
    /// Meaningful once it has stopped.
    fault: Fault,
}

/// Every token begins where it is told and tells where it ends.
impl Parser<'_> {
    fn run(&mut self) -> Result<(), Stopped> {
        // About one node in 16 bytes of FHIR JSON; a fraction of the text saves the regrowing.
        self.nodes.reserve(self.bytes.len() / 16 + 4);
        let mut at = if self.bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let mut token = self.token(&mut at);
        if token.is_none() {
            return self.fail(ParseErrorKind::Empty, at);
        }
        let (mut container, mut is_object, mut depth) = (NONE, false, 0);
        let (mut indent, mut step) = (0_usize, 0_usize);
        'item: loop {
            if is_object {
                at = match token {
                    Some(b'"') => self.member_name(at)?,
                    Some(_) => return self.fail(ParseErrorKind::ExpectedName, at),
                    None => return self.fail(ParseErrorKind::Truncated, at),
                };
                token = self.token(&mut at);
            }
            match token {
                Some(b'"') => at = self.string(Tag::String, at)?,
                Some(opener @ (b'{' | b'[')) => {
                    if depth >= self.depth {
                        return self.fail(ParseErrorKind::TooDeep(self.depth), at);
                    }
                    depth += 1;
                    is_object = opener == b'{';
                    container = self.open(if is_object { Tag::Object } else { Tag::Array }, container, at);
                    at += 1;
                    let inner;
                    (token, inner) = self.next_line(&mut at, indent.wrapping_add(step));
                    if token != Some(opener + 2) {
                        (indent, step) = (inner, inner.wrapping_sub(indent));
                        continue 'item;
                    }
                }
                Some(b'-' | b'0'..=b'9') => at = self.number(at)?,
                Some(b't') => at = self.literal(b"true", Tag::True, at)?,
                Some(b'f') => at = self.literal(b"false", Tag::False, at)?,
                Some(b'n') => at = self.literal(b"null", Tag::Null, at)?,
                Some(b'<') if self.nodes.is_empty() => return self.fail(ParseErrorKind::Markup, at),
                Some(_) => return self.fail(ParseErrorKind::ExpectedValue, at),
                None => return self.fail(ParseErrorKind::Truncated, at),
            }
            // A value is complete: close what it ends, then go to the next one.
            while container != NONE {
                token = self.bytes.get(at).copied();
                if token != Some(b',') {
                    (token, indent) = self.next_line(&mut at, indent.wrapping_sub(step));
                }
                match (token, is_object) {
                    (Some(b','), _) => {
                        at += 1;
                        (token, indent) = self.next_line(&mut at, indent);
                        continue 'item;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        at += 1;
                        (container, is_object) = self.close(container, at);
                        depth -= 1;
                    }
                    (None, _) => return self.fail(ParseErrorKind::Truncated, at),
                    (_, true) => return self.fail(ParseErrorKind::ExpectedCommaOrBrace, at),
                    (_, false) => return self.fail(ParseErrorKind::ExpectedCommaOrBracket, at),
                }
            }
            return match self.token(&mut at) {
                None => Ok(()),
                Some(_) => self.fail(ParseErrorKind::Trailing, at),
            };
        }
    }

    /// Opens a container in the one `around` it, and gives its number.
    ///
    /// What is after a container is not known while it is open; until then the one around it stands there.
    #[inline]
    fn open(&mut self, tag: Tag, around: u32, at: usize) -> u32 {
        let number = self.nodes.len() as u32;
        self.nodes.push(Node { start: at as u32, end: at as u32 + 1, next: around, tag });
        number
    }

    /// Closes `container`, and gives the one around it and whether that is an object.
    #[inline]
    fn close(&mut self, container: u32, end: usize) -> (u32, bool) {
        let after = self.nodes.len() as u32;
        let Some(node) = self.nodes.get_mut(container as usize) else { return (NONE, false) };
        node.end = end as u32;
        let around = mem::replace(&mut node.next, after);
        (around, self.nodes.get(around as usize).is_some_and(|around| around.tag == Tag::Object))
    }

    #[cold]
    #[inline(never)]
    fn fail<T>(&mut self, kind: ParseErrorKind, at: usize) -> Result<T, Stopped> {
        self.fault = (kind, at);
        Err(Stopped)
    }

    #[inline]
    fn push(&mut self, tag: Tag, start: usize, end: usize) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { start: start as u32, end: end as u32, next, tag });
    }

    /// The next byte that is not white space, without passing it: mostly there is none, one space, or the end of a
    /// line and the indentation of the next.
    #[inline]
    fn token(&self, at: &mut usize) -> Option<u8> {
        loop {
            match self.bytes.get(*at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => *at += 1,
                other => return other.copied(),
            }
            if self.bytes.get(*at) == Some(&b' ')
                && let Some(block) = self.block(*at)
            {
                *at += first_other(block, b' ').unwrap_or(block.len());
            }
        }
    }

    /// The next token, and how far its line is indented.
    ///
    /// In nearly all texts with lines that is as far as is `expected`. Where it is, what follows is read without waiting
    /// until the spaces are counted: that takes the processor longer than all else here.
    #[inline]
    fn next_line(&self, at: &mut usize, expected: usize) -> (Option<u8>, usize) {
        let byte = self.bytes.get(*at).copied();
        if byte > Some(b' ') {
            return (byte, expected);
        }
        if byte == Some(b'\n')
            && let Some(block) = self.block(*at + 1)
            && is_run(block, b' ', expected)
        {
            *at += 1 + expected;
            let token = self.bytes.get(*at).copied();
            if token > Some(b' ') {
                return (token, expected);
            }
        }
        let end = *at;
        (self.token(at), at.wrapping_sub(end + 1))
    }

    /// What is looked at together from `at` on, where the text is long enough.
    #[inline]
    fn block(&self, at: usize) -> Option<&Block> {
        self.bytes.get(at..)?.first_chunk()
    }

    #[inline]
    fn member_name(&mut self, at: usize) -> Result<usize, Stopped> {
        let mut end = self.string(Tag::Key, at)?;
        match self.token(&mut end) {
            Some(b':') => Ok(end + 1),
            Some(_) => self.fail(ParseErrorKind::ExpectedColon, end),
            None => self.fail(ParseErrorKind::Truncated, end),
        }
    }

    #[inline]
    fn string(&mut self, tag: Tag, start: usize) -> Result<usize, Stopped> {
        let mut at = start + 1;
        while let Some(block) = self.block(at) {
            if let Some(run) = first_special(block) {
                at += run;
                break;
            }
            at += block.len();
        }
        if self.bytes.get(at) != Some(&b'"') {
            return self.rest_of_string(tag, start, at);
        }
        self.push(tag, start, at + 1);
        Ok(at + 1)
    }

    /// The rest of a string from `at` on, where there is an escape or the text ends soon.
    #[inline(never)]
    fn rest_of_string(&mut self, tag: Tag, start: usize, mut at: usize) -> Result<usize, Stopped> {
        let mut tag = tag;
        loop {
            at += plain_run(&self.bytes[at..]);
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at = self.escape(at)?,
                Some(_) => return self.fail(ParseErrorKind::ControlCharacter, at),
                None => return self.fail(ParseErrorKind::Truncated, at),
            }
            tag = tag.escaped();
        }
        self.push(tag, start, at + 1);
        Ok(at + 1)
    }

    fn escape(&mut self, at: usize) -> Result<usize, Stopped> {
        let rest = &self.bytes[at..];
        match rest.get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                let Some(code) = hex4(&rest[2..]) else {
                    let kind =
                        if rest.len() < 6 { ParseErrorKind::Truncated } else { ParseErrorKind::Escape };
                    return self.fail(kind, at);
                };
                match code {
                    0xD800..0xDC00 => {
                        let low = rest[6..].strip_prefix(b"\\u").and_then(hex4);
                        if low.is_some_and(|low| (0xDC00..0xE000).contains(&low)) {
                            Ok(at + 12)
                        } else {
                            self.fail(ParseErrorKind::LoneSurrogate, at)
                        }
                    }
                    0xDC00..0xE000 => self.fail(ParseErrorKind::LoneSurrogate, at),
                    _ => Ok(at + 6),
                }
            }
            Some(_) => self.fail(ParseErrorKind::Escape, at),
            None => self.fail(ParseErrorKind::Truncated, at),
        }
    }

    /// Where the digits end that there may be from `at` on.
    fn digits(&self, at: usize) -> usize {
        at + self.bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn number(&mut self, start: usize) -> Result<usize, Stopped> {
        let first = start + usize::from(self.bytes[start] == b'-');
        let mut at = self.digits(first);
        let has_leading_zero = at > first + 1 && self.bytes[first] == b'0';
        let mut is_number = at > first && !has_leading_zero;
        if is_number && self.bytes.get(at) == Some(&b'.') {
            let fraction = at + 1;
            at = self.digits(fraction);
            is_number = at > fraction;
        }
        if is_number && let Some(b'e' | b'E') = self.bytes.get(at) {
            let exponent = at + 1 + usize::from(matches!(self.bytes.get(at + 1), Some(b'+' | b'-')));
            at = self.digits(exponent);
            is_number = at > exponent;
        }
        if !is_number {
            return self.fail(ParseErrorKind::Number, start);
        }
        self.push(Tag::Number, start, at);
        Ok(at)
    }

    fn literal(&mut self, word: &[u8], tag: Tag, at: usize) -> Result<usize, Stopped> {
        let rest = &self.bytes[at..];
        if !rest.starts_with(word) {
            let is_cut = word.starts_with(rest);
            let kind = if is_cut { ParseErrorKind::Truncated } else { ParseErrorKind::ExpectedValue };
            return self.fail(kind, at);
        }
        self.push(tag, at, at + word.len());
        Ok(at + word.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ParseErrorKind as K;
    use alloc::{format, string::ToString, vec};

    use proptest::prelude::*;

    fn fault(text: impl Into<Vec<u8>>) -> (K, usize) {
        let error = Document::parse(text).unwrap_err();
        (error.kind, error.offset)
    }

    #[test]
    fn faults_are_named_and_located() {
        for (text, kind, offset) in [
            ("", K::Empty, 0),
            (" \n", K::Empty, 2),
            ("<html>", K::Markup, 0),
            ("{", K::Truncated, 1),
            ("{\"a\"", K::Truncated, 4),
            ("{\"a\":", K::Truncated, 5),
            ("{\"a\":1", K::Truncated, 6),
            ("[1,", K::Truncated, 3),
            ("\"ab", K::Truncated, 3),
            ("\"\\", K::Truncated, 1),
            ("\"\\u12", K::Truncated, 1),
            ("tru", K::Truncated, 0),
            ("{a:1}", K::ExpectedName, 1),
            ("{\"a\":1,}", K::ExpectedName, 7),
            ("{\"a\" 1}", K::ExpectedColon, 5),
            ("{\"a\":1 \"b\":2}", K::ExpectedCommaOrBrace, 7),
            ("{\"a\":1]", K::ExpectedCommaOrBrace, 6),
            ("[1 2]", K::ExpectedCommaOrBracket, 3),
            ("[1}", K::ExpectedCommaOrBracket, 2),
            ("[1,]", K::ExpectedValue, 3),
            ("[,1]", K::ExpectedValue, 1),
            ("nul!", K::ExpectedValue, 0),
            ("[nan]", K::ExpectedValue, 1),
            ("01", K::Number, 0),
            ("-", K::Number, 0),
            ("1.", K::Number, 0),
            ("1e", K::Number, 0),
            ("+1", K::ExpectedValue, 0),
            ("1 2", K::Trailing, 2),
            ("\"\\x\"", K::Escape, 1),
            ("\"\\u12g4\"", K::Escape, 1),
            ("\"\\ud800\"", K::LoneSurrogate, 1),
            ("\"\\ud800\\u0041\"", K::LoneSurrogate, 1),
            ("\"\\udc00\"", K::LoneSurrogate, 1),
            ("\"a\nb\"", K::ControlCharacter, 2),
        ] {
            assert_eq!(fault(text), (kind, offset), "{text:?}");
        }
        assert_eq!(fault(vec![b'"', 0xFF, b'"']), (K::Utf8, 1));
        assert_eq!(
            Document::parse("{\n  \"a\": 01 }").unwrap_err().to_string(),
            "line 2, column 8: not a JSON number"
        );
    }

    #[test]
    fn limits_hold() {
        let limits = Limits { bytes: 10, depth: 2 };
        let parse = |text: &str| Document::parse_within(text, limits).map_err(|error| error.kind);
        assert!(parse("[[1]]").is_ok());
        assert_eq!(parse("[[[1]]]").unwrap_err(), K::TooDeep(2));
        assert_eq!(parse("\"0123456789\"").unwrap_err(), K::TooLarge(10));
        let deep = format!("{}{}", "[".repeat(9_999), "]".repeat(9_999));
        assert!(Document::parse(deep).is_ok(), "depth costs no stack");
    }

    #[test]
    fn white_space_and_names_are_passed_however_long_they_are() {
        for length in 0..40 {
            for end in ["", "\n", "\r\n", "\t", "\n \t"] {
                let space = format!("{end}{}", " ".repeat(length));
                let name = "n".repeat(length);
                let text =
                    format!("{space}{{{space}\"{name}\"{space}:{space}[{space}]{space},{space}\"\":1}}");
                let document = Document::parse(text.as_str()).unwrap();
                let raw: Vec<_> =
                    document.root().members().map(|(key, value)| (key.as_str(), value.raw())).collect();
                assert_eq!(raw[0], (name.as_str().into(), format!("[{space}]").as_str()), "{text:?}");
                assert_eq!(raw[1], ("".into(), "1"), "{text:?}");
                let text = format!("[{space}\u{b}]");
                assert_eq!(fault(text.as_str()), (K::ExpectedValue, 1 + space.len()), "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_indentation_is_taken_for_another(
            gaps in prop::collection::vec("(\n|\r\n)? {0,3}|\n {0,20}[\n\t]? {0,2}|[ \r\t]{0,3}", 24),
            step in 0..20_usize,
            odd in prop::collection::vec(any::<bool>(), 24),
            stray in 0..24_usize,
        ) {
            let tokens = ["{", "\"a\"", ":", "[", "{", "\"b\"", ":", "\"c\"", ",", "\"d\"", ":", "{", "}", "}", ",",
                "[", "1", "]", "]", ",", "\"e\"", ":", "\"f\"", "}"];
            let depths = [1, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, 0, 0];
            let (mut text, mut places) = (String::new(), Vec::new());
            for (at, token) in tokens.iter().enumerate() {
                places.push(text.len());
                text.push_str(token);
                let even = format!("\n{}", " ".repeat(step * depths[at]));
                text.push_str(if odd[at] { &gaps[at] } else { &even });
            }
            let document = Document::parse(text.as_str()).unwrap();
            let found: Vec<_> = document.nodes().iter().map(|node| node.start as usize).collect();
            let starts = tokens.iter().zip(&places).filter(|(token, _)| !matches!(**token, ":" | "," | "}" | "]"));
            prop_assert_eq!(found, starts.map(|(_, &place)| place).collect::<Vec<_>>(), "{:?}", text);
            let place = places[stray];
            text.insert(place, '\u{b}');
            prop_assert_eq!(fault(text.as_str()).1, place, "{:?}", text);
        }
    }

    #[test]
    fn accepts_what_serde_json_accepts() {
        for text in ["0", "-0.0", "1e+9", "[]", "{}", "[{}]", "\u{feff}1", " [ 1 , {\"a\" : [ ] } ] "] {
            assert!(Document::parse(text).is_ok(), "{text}");
        }
    }
}
