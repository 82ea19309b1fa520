//! Bytes to tape, in one pass and without recursion.

use alloc::{string::String, vec::Vec};
use core::mem;

use super::{
    Document,
    document::{Node, Tag},
    position::{Locator, Position},
    string::{hex4, plain_run, spaces},
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
        let mut parser =
            Parser { bytes: text.as_bytes(), at: 0, nodes: Vec::new(), depth: limits.depth, fault };
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
    at: usize,
    nodes: Vec<Node>,
    depth: usize,
    /// Meaningful once it has stopped.
    fault: Fault,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), Stopped> {
        // About one node in 16 bytes of FHIR JSON; a fraction of the text saves the regrowing.
        self.nodes.reserve(self.bytes.len() / 16 + 4);
        if self.bytes.starts_with(b"\xEF\xBB\xBF") {
            self.at = 3;
        }
        if self.peek_token().is_none() {
            return self.fail(ParseErrorKind::Empty);
        }
        let (mut container, mut is_object, mut depth) = (NONE, false, 0);
        'value: loop {
            match self.peek_token() {
                Some(opener @ (b'{' | b'[')) => {
                    if depth >= self.depth {
                        return self.fail(ParseErrorKind::TooDeep(self.depth));
                    }
                    depth += 1;
                    is_object = opener == b'{';
                    container = self.open(if is_object { Tag::Object } else { Tag::Array }, container);
                    let next = self.peek_token();
                    if next != Some(opener + 2) {
                        if is_object {
                            self.member_name()?;
                        }
                        continue 'value;
                    }
                }
                Some(b'"') => self.string(Tag::String)?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.literal(b"true", Tag::True)?,
                Some(b'f') => self.literal(b"false", Tag::False)?,
                Some(b'n') => self.literal(b"null", Tag::Null)?,
                Some(b'<') if self.nodes.is_empty() => return self.fail(ParseErrorKind::Markup),
                Some(_) => return self.fail(ParseErrorKind::ExpectedValue),
                None => return self.fail(ParseErrorKind::Truncated),
            }
            // A value is complete: close what it ends, then go to the next one.
            while container != NONE {
                match (self.peek_token(), is_object) {
                    (Some(b','), true) => {
                        self.at += 1;
                        self.peek_token();
                        self.member_name()?;
                        continue 'value;
                    }
                    (Some(b','), false) => {
                        self.at += 1;
                        continue 'value;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        (container, is_object) = self.close(container);
                        depth -= 1;
                    }
                    (None, _) => return self.fail(ParseErrorKind::Truncated),
                    (_, true) => return self.fail(ParseErrorKind::ExpectedCommaOrBrace),
                    (_, false) => return self.fail(ParseErrorKind::ExpectedCommaOrBracket),
                }
            }
            return match self.peek_token() {
                None => Ok(()),
                Some(_) => self.fail(ParseErrorKind::Trailing),
            };
        }
    }

    /// Opens a container in the one `around` it, and gives its number.
    ///
    /// What is after a container is not known while it is open; until then the one around it stands there.
    fn open(&mut self, tag: Tag, around: u32) -> u32 {
        let (number, start) = (self.nodes.len() as u32, self.at as u32);
        self.nodes.push(Node { start, end: start + 1, next: around, tag });
        self.at += 1;
        number
    }

    /// Closes `container`, and gives the one around it and whether that is an object.
    fn close(&mut self, container: u32) -> (u32, bool) {
        self.at += 1;
        let after = self.nodes.len() as u32;
        let node = &mut self.nodes[container as usize];
        node.end = self.at as u32;
        let around = mem::replace(&mut node.next, after);
        (around, self.nodes.get(around as usize).is_some_and(|around| around.tag == Tag::Object))
    }

    #[cold]
    #[inline(never)]
    fn fail_at(&mut self, kind: ParseErrorKind, at: usize) -> Result<(), Stopped> {
        self.fault = (kind, at);
        Err(Stopped)
    }

    fn fail(&mut self, kind: ParseErrorKind) -> Result<(), Stopped> {
        self.fail_at(kind, self.at)
    }

    fn push(&mut self, tag: Tag, start: usize, end: usize) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { start: start as u32, end: end as u32, next, tag });
    }

    /// The next byte that is not white space, without passing it.
    #[inline]
    fn peek_token(&mut self) -> Option<u8> {
        match self.bytes.get(self.at) {
            Some(&byte) if byte > b' ' => Some(byte),
            _ => self.pass_space(),
        }
    }

    /// The same where there may be some: mostly one, or the end of a line and the indentation of the next.
    #[inline(never)]
    fn pass_space(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other.copied(),
            }
            self.at += spaces(&self.bytes[self.at..]);
        }
    }

    fn member_name(&mut self) -> Result<(), Stopped> {
        match self.bytes.get(self.at) {
            Some(b'"') => self.string(Tag::Key)?,
            Some(_) => return self.fail(ParseErrorKind::ExpectedName),
            None => return self.fail(ParseErrorKind::Truncated),
        }
        match self.peek_token() {
            Some(b':') => {
                self.at += 1;
                self.at += usize::from(self.bytes.get(self.at) == Some(&b' '));
                Ok(())
            }
            Some(_) => self.fail(ParseErrorKind::ExpectedColon),
            None => self.fail(ParseErrorKind::Truncated),
        }
    }

    #[inline]
    fn string(&mut self, tag: Tag) -> Result<(), Stopped> {
        let start = self.at;
        self.at += 1;
        self.at += plain_run(&self.bytes[self.at..]);
        if self.bytes.get(self.at) != Some(&b'"') {
            return self.rest_of_string(tag, start);
        }
        self.at += 1;
        self.push(tag, start, self.at);
        Ok(())
    }

    /// The rest of a string from the first byte on that is not plain.
    #[inline(never)]
    fn rest_of_string(&mut self, tag: Tag, start: usize) -> Result<(), Stopped> {
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return self.fail(ParseErrorKind::ControlCharacter),
                None => return self.fail(ParseErrorKind::Truncated),
            }
            self.at += plain_run(&self.bytes[self.at..]);
        }
        self.at += 1;
        self.push(tag.escaped(), start, self.at);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Stopped> {
        let rest = &self.bytes[self.at..];
        match rest.get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let Some(code) = hex4(&rest[2..]) else {
                    let kind =
                        if rest.len() < 6 { ParseErrorKind::Truncated } else { ParseErrorKind::Escape };
                    return self.fail(kind);
                };
                self.at += 6;
                if (0xDC00..0xE000).contains(&code) {
                    return self.fail_at(ParseErrorKind::LoneSurrogate, self.at - 6);
                }
                if (0xD800..0xDC00).contains(&code) {
                    let low = rest[6..].strip_prefix(b"\\u").and_then(hex4);
                    if !low.is_some_and(|low| (0xDC00..0xE000).contains(&low)) {
                        return self.fail_at(ParseErrorKind::LoneSurrogate, self.at - 6);
                    }
                    self.at += 6;
                }
            }
            Some(_) => return self.fail(ParseErrorKind::Escape),
            None => return self.fail(ParseErrorKind::Truncated),
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let run = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += run;
        run
    }

    fn number(&mut self) -> Result<(), Stopped> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        let leading_zero = self.bytes.get(self.at) == Some(&b'0');
        let digits = self.digits();
        if digits == 0 || (leading_zero && digits > 1) {
            return self.fail_at(ParseErrorKind::Number, start);
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.fail_at(ParseErrorKind::Number, start);
            }
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return self.fail_at(ParseErrorKind::Number, start);
            }
        }
        self.push(Tag::Number, start, self.at);
        Ok(())
    }

    fn literal(&mut self, word: &[u8], tag: Tag) -> Result<(), Stopped> {
        let rest = &self.bytes[self.at..];
        if !rest.starts_with(word) {
            let cut = word.starts_with(rest);
            return self.fail(if cut { ParseErrorKind::Truncated } else { ParseErrorKind::ExpectedValue });
        }
        self.push(tag, self.at, self.at + word.len());
        self.at += word.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ParseErrorKind as K;
    use alloc::{format, string::ToString, vec};

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
    fn accepts_what_serde_json_accepts() {
        for text in ["0", "-0.0", "1e+9", "[]", "{}", "[{}]", "\u{feff}1", " [ 1 , {\"a\" : [ ] } ] "] {
            assert!(Document::parse(text).is_ok(), "{text}");
        }
    }
}
