//! Views into a [`Document`].

use alloc::borrow::Cow;
use core::fmt;

use super::{
    Document, Locator, Position,
    document::Tag,
    pointer,
    string::{is_same, unescape},
};

/// The six kinds of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// More than one member may be meant by a name: one type of a choice, what stands in a `_name` beside a primitive,
/// or what is written with escapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unclear;

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        })
    }
}

/// A value in a [`Document`]: two words, free to copy.
///
/// The `as_…` methods give `None` where the value is of another kind, and the lookups give
/// `None` where there is nothing, so that reading tolerates whatever a server sent.
/// `Debug` shows kind and place, never content.
///
/// Lookups by name are not inlined: there are hundreds, and the search takes longer than the call.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    document: &'d Document,
    index: u32,
}

impl<'d> Value<'d> {
    pub(super) fn new(document: &'d Document, index: u32) -> Self {
        Self { document, index }
    }

    #[inline]
    fn tag(self) -> Tag {
        self.document.node(self.index).tag
    }

    /// The document this value stands in.
    pub fn document(self) -> &'d Document {
        self.document
    }

    /// A number for this node, unique in its document and ascending in document order.
    pub fn id(self) -> usize {
        self.index as usize
    }

    /// Which kind of value this is.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.tag() {
            Tag::Null => Kind::Null,
            Tag::False | Tag::True => Kind::Boolean,
            Tag::Number => Kind::Number,
            Tag::String | Tag::EscapedString | Tag::Key | Tag::EscapedKey => Kind::String,
            Tag::Array => Kind::Array,
            Tag::Object => Kind::Object,
        }
    }

    /// The text of this value as it was written.
    #[inline]
    pub fn raw(self) -> &'d str {
        let node = self.document.node(self.index);
        &self.document.text()[node.start as usize..node.end as usize]
    }

    /// The same where only its bytes matter: they can be cut anywhere, so that there is less to check.
    #[inline]
    pub(crate) fn raw_bytes(self) -> &'d [u8] {
        let node = self.document.node(self.index);
        &self.document.text().as_bytes()[node.start as usize..node.end as usize]
    }

    /// Offset of the first byte in the text.
    pub fn offset(self) -> usize {
        self.document.node(self.index).start as usize
    }

    /// Line and column. For many values a [`Locator`] is cheaper.
    pub fn position(self) -> Position {
        Locator::new(self.document.text().as_bytes()).position(self.offset())
    }

    /// What stands between the quotes.
    #[inline]
    fn inner(self) -> &'d str {
        let node = self.document.node(self.index);
        &self.document.text()[node.start as usize + 1..node.end as usize - 1]
    }

    /// The string, unescaped; borrowed where nothing was escaped.
    #[inline]
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        match self.tag() {
            Tag::String => Some(Cow::Borrowed(self.inner())),
            Tag::EscapedString => Some(unescape(self.inner())),
            _ => None,
        }
    }

    /// The string, where nothing in it is escaped.
    #[inline]
    pub(crate) fn as_plain_str(self) -> Option<&'d str> {
        (self.tag() == Tag::String).then(|| self.inner())
    }

    /// The boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.tag() {
            Tag::True => Some(true),
            Tag::False => Some(false),
            _ => None,
        }
    }

    /// The number as it was written, such as `1.00`.
    #[inline(never)]
    pub fn as_number(self) -> Option<&'d str> {
        (self.tag() == Tag::Number).then(|| self.raw())
    }

    /// The value of the first member called `name`.
    pub fn get(self, name: &str) -> Option<Value<'d>> {
        self.member(name.as_bytes())
    }

    /// The same by the bytes of a name.
    #[inline(never)]
    pub(crate) fn member(self, name: &[u8]) -> Option<Value<'d>> {
        let (text, (mut at, end)) = (self.document.text(), self.inside(Tag::Object));
        let tape = self.document.nodes().get(..end as usize)?;
        while let Some([key, value]) = tape.get(at as usize..).and_then(<[_]>::first_chunk) {
            let inner = key.start as usize + 1..key.end as usize - 1;
            let is_it = if key.tag == Tag::EscapedKey {
                unescape(text.get(inner)?).as_bytes() == name
            } else {
                inner.len() == name.len() && is_same(text.as_bytes().get(inner)?, name)
            };
            if is_it {
                return Some(Value::new(self.document, at + 1));
            }
            at = value.next;
        }
        None
    }

    /// Of each name the value of the first member called so, in one pass.
    pub(crate) fn get_each<const N: usize>(self, names: [&[u8]; N]) -> [Option<Value<'d>>; N] {
        let mut found = [None; N];
        for (key, value) in self.members() {
            let own = key.plain_bytes();
            for (name, found) in names.iter().zip(&mut found) {
                let is_it = || own.map_or_else(|| key.is_bytes(name), |own| is_same(own, name));
                if found.is_none() && is_it() {
                    *found = Some(value);
                }
            }
        }
        found
    }

    /// The value of the member called `name`, if there is one. What is passed on the way is added to `passed`.
    pub(crate) fn plain_member(self, name: &[u8], passed: &mut u64) -> Result<Option<Value<'d>>, Unclear> {
        let (text, nodes) = (self.document.text().as_bytes(), self.document.nodes());
        let ((mut at, end), first) = (self.inside(Tag::Object), *name.first().ok_or(Unclear)?);
        let (tape, mut found, mut has_like) = (nodes.get(..end as usize).unwrap_or_default(), None, false);
        let mut count = 0;
        while let Some([key, value]) = tape.get(at as usize..).and_then(<[_]>::first_chunk) {
            count += 1;
            let byte = text.get(key.start as usize + 1).copied().unwrap_or_default();
            if byte == first || byte == b'_' || key.tag == Tag::EscapedKey {
                let own = text.get(key.start as usize + 1..key.end as usize - 1).unwrap_or_default();
                let beside = own.strip_prefix(b"_");
                if key.tag == Tag::EscapedKey || beside.is_some_and(|own| is_same(own, name)) {
                    *passed += count;
                    return Err(Unclear);
                }
                if is_same(own, name) {
                    found = found.or(Some(Value::new(self.document, at + 1)));
                    // Only primitives have something beside them.
                    if value.tag == Tag::Object {
                        break;
                    }
                } else if found.is_none() {
                    has_like |= beside.unwrap_or(own).starts_with(name);
                }
            }
            at = value.next;
        }
        *passed += count;
        if found.is_none() && has_like { Err(Unclear) } else { Ok(found) }
    }

    /// The string member called `name`.
    #[inline(never)]
    pub fn string(self, name: &str) -> Option<Cow<'d, str>> {
        self.get(name)?.as_str()
    }

    /// The item at `index`, from 0.
    pub fn item(self, index: usize) -> Option<Value<'d>> {
        self.items().nth(index)
    }

    /// The items of the array member called `name`; nothing where it is no array or absent.
    #[inline(never)]
    pub fn list(self, name: &str) -> Items<'d> {
        self.get(name).map_or(Items { document: self.document, at: 0, end: 0 }, Value::items)
    }

    /// The value that a JSON Pointer (RFC 6901), read from here, points at.
    pub fn pointer(self, pointer: &str) -> Option<Value<'d>> {
        let mut tokens = pointer::tokens(pointer)?;
        tokens.try_fold(self, |value, token| match value.kind() {
            Kind::Object => value.get(&token),
            Kind::Array => value.item(pointer::index(&token)?),
            _ => None,
        })
    }

    /// The members, in document order, duplicates included; none where this is no object.
    pub fn members(self) -> Members<'d> {
        let (at, end) = self.inside(Tag::Object);
        Members { document: self.document, at, end }
    }

    /// The items, in order; none where this is no array.
    pub fn items(self) -> Items<'d> {
        let (at, end) = self.inside(Tag::Array);
        Items { document: self.document, at, end }
    }

    #[inline]
    fn inside(self, tag: Tag) -> (u32, u32) {
        let node = self.document.node(self.index);
        if node.tag == tag { (self.index + 1, node.next) } else { (0, 0) }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind(), self.offset())
    }
}

/// The name of a member.
#[derive(Clone, Copy)]
pub struct Key<'d> {
    value: Value<'d>,
}

impl<'d> Key<'d> {
    /// The name, unescaped; borrowed where nothing was escaped.
    pub fn as_str(self) -> Cow<'d, str> {
        let inner = self.value.inner();
        if self.value.tag() == Tag::EscapedKey { unescape(inner) } else { Cow::Borrowed(inner) }
    }

    /// Whether the name is `name`, without building a string.
    #[inline]
    pub fn is(self, name: &str) -> bool {
        self.is_bytes(name.as_bytes())
    }

    /// The same by the bytes of a name.
    #[inline]
    pub(crate) fn is_bytes(self, name: &[u8]) -> bool {
        match self.plain_bytes() {
            Some(bytes) => is_same(bytes, name),
            None => self.as_str().as_bytes() == name,
        }
    }

    /// The bytes between the quotes, where nothing in them is escaped.
    #[inline]
    pub(crate) fn plain_bytes(self) -> Option<&'d [u8]> {
        let node = self.value.document.node(self.value.index);
        let text = self.value.document.text().as_bytes();
        (node.tag == Tag::Key).then(|| &text[node.start as usize + 1..node.end as usize - 1])
    }

    /// Whether the name is `name`, or `_` and `name`: then that is what it is called beside it.
    pub(crate) fn is_beside(self, name: &str) -> Option<bool> {
        let bytes = self.plain_bytes()?;
        match bytes.len().checked_sub(name.len())? {
            0 => is_same(bytes, name.as_bytes()).then_some(false),
            1 => is_same(bytes.strip_prefix(b"_")?, name.as_bytes()).then_some(true),
            _ => None,
        }
    }

    /// A number for this name, unique among those of all nodes of its document.
    pub(crate) fn id(self) -> usize {
        self.value.id()
    }

    /// Offset of the opening quote in the text.
    pub fn offset(self) -> usize {
        self.value.offset()
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "name at byte {}", self.offset())
    }
}

/// The members of an object, in document order.
#[derive(Clone, Debug)]
pub struct Members<'d> {
    document: &'d Document,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Members<'d> {
    type Item = (Key<'d>, Value<'d>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Key { value: Value::new(self.document, self.at) };
        let value = Value::new(self.document, self.at + 1);
        self.at = self.document.node(self.at + 1).next;
        Some((key, value))
    }
}

impl<'d> Members<'d> {
    /// The next member whose name begins with `stem`, or with `_` and `stem`, or is written with escapes, so
    /// that it may. What is passed on the way is added to `passed`.
    ///
    /// Most names in an object are others, which a byte or two of each tell.
    pub(crate) fn next_like(&mut self, stem: &[u8], passed: &mut u64) -> Option<(Key<'d>, Value<'d>)> {
        let (text, nodes) = (self.document.text().as_bytes(), self.document.nodes());
        let (first, tape) = (*stem.first()?, nodes.get(..self.end as usize)?);
        while let Some([node, value]) = tape.get(self.at as usize..).and_then(<[_]>::first_chunk) {
            let (at, mut start) = (self.at, node.start as usize + 1);
            self.at = value.next;
            *passed += 1;
            let mut byte = text.get(start).copied();
            if byte == Some(b'_') {
                start += 1;
                byte = text.get(start).copied();
            }
            let is_like = || text.get(start..).is_some_and(|name| name.starts_with(stem));
            if node.tag == Tag::EscapedKey || (byte == Some(first) && is_like()) {
                return Some((
                    Key { value: Value::new(self.document, at) },
                    Value::new(self.document, at + 1),
                ));
            }
        }
        None
    }
}

/// The items of an array, in order.
#[derive(Clone, Debug)]
pub struct Items<'d> {
    document: &'d Document,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Items<'d> {
    type Item = Value<'d>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let value = Value::new(self.document, self.at);
        self.at = self.document.node(self.at).next;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String, vec::Vec};

    #[test]
    fn lookups_are_tolerant_and_numbers_stay_as_written() {
        let text = r#"{"a":[1.00,{"b\n":"x\ty"}],"c":true,"a":null,"d":"plain"}"#;
        let document = Document::parse(text).unwrap();
        let root = document.root();
        assert_eq!(root.pointer("/a/0").unwrap().as_number(), Some("1.00"));
        assert_eq!(root.pointer("/a/1/b\n").unwrap().as_str().unwrap(), "x\ty");
        assert!(matches!(root.string("d"), Some(Cow::Borrowed("plain"))));
        assert_eq!(root.get("c").unwrap().as_bool(), Some(true));
        assert_eq!(root.members().count(), 4, "duplicates are kept");
        assert_eq!(root.get("a").unwrap().kind(), Kind::Array, "the first of them is found");
        assert!(root.get("x").is_none() && root.item(0).is_none() && root.as_str().is_none());
        assert!(root.pointer("/a/01").is_none() && root.pointer("a").is_none());
        assert_eq!(root.list("a").count(), 2);
        assert_eq!(root.list("c").count(), 0);
        let kinds: Vec<_> = root.members().map(|(_, value)| value.kind()).collect();
        assert_eq!(kinds, [Kind::Array, Kind::Boolean, Kind::Null, Kind::String]);
    }

    #[test]
    fn a_member_is_plain_where_nothing_else_may_be_meant() {
        let found = |text: &str| {
            let document = Document::parse(text).unwrap();
            let found = document.root().plain_member(b"value", &mut 0);
            found.map(|found| found.map(|value| String::from(value.raw()))).ok()
        };
        assert_eq!(found(r#"{"a":1,"valu":2,"value":3,"value":4,"valueX":5}"#), Some(Some("3".into())));
        assert_eq!(found(r#"{"a":1,"valu":2,"_valu":3}"#), Some(None));
        assert_eq!(found(r#"{"value":{"x":1},"_value":2}"#), Some(Some(r#"{"x":1}"#.into())));
        for unclear in
            [r#"{"valueX":1}"#, r#"{"_valueX":1}"#, r#"{"value":1,"_value":{}}"#, r#"{"\u0076alue":1}"#]
        {
            assert_eq!(found(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn debug_shows_no_content() {
        let document = Document::parse(r#"{"family":"Secret"}"#).unwrap();
        let value = document.root().get("family").unwrap();
        let (key, _) = document.root().members().next().unwrap();
        let shown = format!("{document:?} {value:?} {key:?}");
        assert!(!shown.contains("Secret") && !shown.contains("family"), "{shown}");
    }
}
