//! Edits that leave everything else byte for byte as it was.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::ops::Range;

use serde::Serialize;

use super::{Document, Kind, ParseError, Value, pointer};
use crate::order::sort;

/// Why an edit was refused; the document is then as it was before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The pointer is not a JSON Pointer, or goes through something that is neither array nor
    /// object, or past the end of an array.
    #[error("cannot edit {0}: no element can stand there")]
    Unreachable(String),
    /// The pointer names one of several members with the same name.
    #[error("cannot edit {0}: the name occurs more than once in its object")]
    Duplicate(String),
    /// The new value is not JSON.
    #[error("cannot edit {pointer}: the new value is not JSON: {source}")]
    Value {
        /// The place that was to change.
        pointer: String,
        /// What is wrong with the value.
        source: ParseError,
    },
    /// The new value cannot be written as JSON.
    #[error("cannot edit {0}: the new value cannot be written as JSON")]
    Unserializable(String),
}

/// Where a pointer leads.
enum Place<'d> {
    /// To a value that exists.
    Value(Value<'d>),
    /// To a gap: these tokens, the first of them missing in this container.
    Gap(Value<'d>, Vec<Cow<'d, str>>),
}

impl Document {
    /// Sets the value at `pointer` (RFC 6901) to `value`.
    ///
    /// A missing member is added at the end of its object, laid out like the member before it;
    /// `-` or the index after the last adds an item to an array. Missing objects and arrays on
    /// the way are made: an array where the next token is `-` or `0`, else an object.
    ///
    /// # Errors
    /// [`EditError`]; the document is then unchanged.
    pub fn set(&mut self, pointer: &str, value: &(impl Serialize + ?Sized)) -> Result<(), EditError> {
        let json =
            serde_json::to_string(value).map_err(|_| EditError::Unserializable(pointer.to_string()))?;
        self.set_raw(pointer, &json)
    }

    /// Sets the value at `pointer` to the JSON text `json`, kept as it is written.
    ///
    /// With [`Value::raw`] this carries an element from one document to another without loss.
    ///
    /// # Errors
    /// [`EditError`]; the document is then unchanged.
    pub fn set_raw(&mut self, pointer: &str, json: &str) -> Result<(), EditError> {
        Document::parse(json).map_err(|source| EditError::Value { pointer: pointer.to_string(), source })?;
        match self.place(pointer)? {
            Place::Value(value) => {
                let range = value.offset()..value.offset() + value.raw().len();
                self.splice(pointer, range, json)
            }
            Place::Gap(container, tokens) => {
                let (at, inserted) = insertion(container, &tokens, json)
                    .ok_or_else(|| EditError::Unreachable(pointer.to_string()))?;
                self.splice(pointer, at..at, &inserted)
            }
        }
    }

    /// Removes the member or item at `pointer`, with its comma; does nothing where there is none.
    ///
    /// # Errors
    /// [`EditError`] for the whole document, a malformed pointer or a name that occurs twice;
    /// the document is then unchanged.
    pub fn remove(&mut self, pointer: &str) -> Result<(), EditError> {
        let Place::Value(value) = self.place(pointer)? else { return Ok(()) };
        let (parent, _) =
            pointer.rsplit_once('/').ok_or_else(|| EditError::Unreachable(pointer.to_string()))?;
        let Place::Value(parent) = self.place(parent)? else { return Ok(()) };
        let range = removal(parent, value);
        self.splice(pointer, range, "")
    }

    /// Replaces strings by others, all at once: the values by their [`Value::id`], in any order.
    pub fn set_strings(&mut self, mut edits: Vec<(usize, String)>) {
        sort(&mut edits, Ord::cmp);
        let old = self.text();
        let mut text = String::with_capacity(old.len());
        let mut at = 0;
        for (id, new) in edits {
            let node = self.node(id as u32);
            text.push_str(&old[at..node.start as usize]);
            // A string always serializes.
            text.push_str(&serde_json::to_string(&new).unwrap_or_default());
            at = node.end as usize;
        }
        text.push_str(&old[at..]);
        // One string in place of another leaves JSON what it is.
        if let Ok(document) = Document::parse(text) {
            *self = document;
        }
    }

    fn place(&self, pointer: &str) -> Result<Place<'_>, EditError> {
        let unreachable = || EditError::Unreachable(pointer.to_string());
        let tokens: Vec<String> =
            pointer::tokens(pointer).ok_or_else(unreachable)?.map(Cow::into_owned).collect();
        let mut value = self.root();
        for (depth, token) in tokens.iter().enumerate() {
            let found = match value.kind() {
                Kind::Object => {
                    let mut same = value.members().filter(|(key, _)| key.is(token));
                    let first = same.next();
                    if same.next().is_some() {
                        return Err(EditError::Duplicate(pointer.to_string()));
                    }
                    first.map(|(_, found)| found)
                }
                Kind::Array => pointer::index(token).and_then(|index| value.item(index)),
                _ => return Err(unreachable()),
            };
            let Some(found) = found else {
                let missing = tokens[depth..].iter().map(|token| Cow::Owned(token.clone()));
                return Ok(Place::Gap(value, missing.collect()));
            };
            value = found;
        }
        Ok(Place::Value(value))
    }

    fn splice(&mut self, pointer: &str, range: Range<usize>, new: &str) -> Result<(), EditError> {
        let old = self.text();
        let mut text = String::with_capacity(old.len() - range.len() + new.len());
        text.push_str(&old[..range.start]);
        text.push_str(new);
        text.push_str(&old[range.end..]);
        *self = Document::parse(text)
            .map_err(|source| EditError::Value { pointer: pointer.to_string(), source })?;
        Ok(())
    }
}

/// The offset and text that put `json` at `tokens`, the first of which is missing in `container`.
fn insertion(container: Value<'_>, tokens: &[Cow<'_, str>], json: &str) -> Option<(usize, String)> {
    let (first, inner) = tokens.split_first()?;
    let mut value = String::from(json);
    for (at, token) in inner.iter().enumerate().rev() {
        value = match token.as_ref() {
            "-" | "0" => format!("[{value}]"),
            // An index past the start of an array that does not exist yet.
            digits if pointer::index(digits).is_some() => return None,
            _ => format!("{{{}:{value}}}", serde_json::to_string(&inner[at]).ok()?),
        };
    }
    let text = container.document().text();
    let inside = container.offset() + 1;
    let last = if container.kind() == Kind::Object {
        let name = serde_json::to_string(first.as_ref()).ok()?;
        let last = container.members().last();
        let colon = last.map_or(":", |(key, value)| {
            let between = &text[key.offset()..value.offset()];
            if between.ends_with(' ') { ": " } else { ":" }
        });
        value = format!("{name}{colon}{value}");
        last.map(|(key, value)| (key.offset(), value))
    } else {
        let count = container.items().count();
        if first != "-" && pointer::index(first) != Some(count) {
            return None;
        }
        container.items().last().map(|value| (value.offset(), value))
    };
    let Some((start, last)) = last else { return Some((inside, value)) };
    let space = leading_space(&text[inside..start]);
    Some((last.offset() + last.raw().len(), format!(",{space}{value}")))
}

/// The white space directly before the end of `text`.
fn leading_space(text: &str) -> &str {
    &text[text.trim_end_matches([' ', '\n', '\r', '\t']).len()..]
}

/// The bytes that go when `value` leaves `parent`: itself, its name, one comma and the space
/// that belonged to it.
fn removal(parent: Value<'_>, value: Value<'_>) -> Range<usize> {
    let end = |value: Value<'_>| value.offset() + value.raw().len();
    let spans: Vec<Range<usize>> = match parent.kind() {
        Kind::Object => parent.members().map(|(key, value)| key.offset()..end(value)).collect(),
        _ => parent.items().map(|value| value.offset()..end(value)).collect(),
    };
    let at = spans.iter().position(|span| span.end == end(value)).unwrap_or(0);
    match (at, spans.get(at + 1)) {
        // The first of several: what follows moves up to its place.
        (0, Some(next)) => spans[0].start..next.start,
        // The only one: the container keeps no space either.
        (0, None) => parent.offset() + 1..end(parent) - 1,
        _ => spans[at - 1].end..spans[at].end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edit: impl FnOnce(&mut Document) -> Result<(), EditError>) -> String {
        let mut document = Document::parse(text).unwrap();
        edit(&mut document).unwrap();
        document.into_text()
    }

    #[test]
    fn set_changes_only_what_it_names() {
        let text = "{\n  \"a\" : 1.00,\n  \"b\": [ 1, 2 ]\n}\n";
        assert_eq!(edited(text, |d| d.set("/a", &2)), "{\n  \"a\" : 2,\n  \"b\": [ 1, 2 ]\n}\n");
        assert_eq!(
            edited(text, |d| d.set("/c/x/-/y", "é\"")),
            "{\n  \"a\" : 1.00,\n  \"b\": [ 1, 2 ],\n  \"c\": {\"x\":[{\"y\":\"é\\\"\"}]}\n}\n"
        );
        assert_eq!(
            edited(text, |d| d.set_raw("/b/-", "3.0")),
            "{\n  \"a\" : 1.00,\n  \"b\": [ 1, 2, 3.0 ]\n}\n"
        );
        assert_eq!(edited("[]", |d| d.set("/0", &true)), "[true]");
        assert_eq!(edited("{}", |d| d.set("/a~1b", &())), r#"{"a/b":null}"#);
        assert_eq!(edited("1", |d| d.set("", &2)), "2");
    }

    #[test]
    fn remove_takes_the_comma_with_it() {
        let text = "{ \"a\": 1,\n \"b\": 2, \"c\": [ 1, 2 ] }";
        assert_eq!(edited(text, |d| d.remove("/a")), "{ \"b\": 2, \"c\": [ 1, 2 ] }");
        assert_eq!(edited(text, |d| d.remove("/b")), "{ \"a\": 1, \"c\": [ 1, 2 ] }");
        assert_eq!(edited(text, |d| d.remove("/c/1")), "{ \"a\": 1,\n \"b\": 2, \"c\": [ 1 ] }");
        assert_eq!(edited(text, |d| d.remove("/c")), "{ \"a\": 1,\n \"b\": 2 }");
        assert_eq!(edited(text, |d| d.remove("/x/y")), text);
        assert_eq!(edited("[ 1 ]", |d| d.remove("/0")), "[]");
    }

    #[test]
    fn a_refused_edit_leaves_no_trace() {
        let text = r#"{"a":1,"a":2,"b":[1]}"#;
        let mut document = Document::parse(text).unwrap();
        assert!(matches!(document.set("/a", &3), Err(EditError::Duplicate(_))));
        assert!(matches!(document.set("/b/7", &3), Err(EditError::Unreachable(_))));
        assert!(matches!(document.set("/b/0/x", &3), Err(EditError::Unreachable(_))));
        assert!(matches!(document.set("b", &3), Err(EditError::Unreachable(_))));
        assert!(matches!(document.set_raw("/b", "[1"), Err(EditError::Value { .. })));
        assert!(matches!(document.remove(""), Err(EditError::Unreachable(_))));
        assert_eq!(document.text(), text);
    }
}
