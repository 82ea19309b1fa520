//! The XHTML of narratives: well-formed, and nothing but text with its formatting.
//!
//! Source: R4 narrative; its constraint txt-1 names chapters 7 to 11 (except 9.4) and 15 of HTML
//! 4.0, `a` and `img`. A narrative is a fragment without a document type, so of entities only
//! those of XML itself exist.

mod names;

use alloc::vec::Vec;

use crate::json::run_to;
pub(super) use names::Name;

/// What is wrong with a narrative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The outermost element is another than `div`, or there is text around it.
    Root,
    /// `div` is not in the namespace of XHTML.
    Namespace,
    /// It is not well-formed.
    Syntax,
    /// An end tag for another element than the one that is open.
    Mismatch,
    /// An element was not ended.
    Unclosed,
    /// A document type or a processing instruction.
    Declaration,
    /// An entity that XML does not define.
    Entity,
    /// An element that a narrative must not have.
    Element,
    /// An attribute that the element must not have.
    Attribute,
    /// Nothing to read.
    Empty,
}

/// What a well-formed narrative holds that is worth a warning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    /// A link that runs code or carries its own content: `javascript:`, `vbscript:`, `data:`.
    pub(super) has_active_link: bool,
}

/// About as deep as the elements of narratives are.
const USUAL_DEPTH: usize = 8;

const NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Reads the narrative `text` to its end, telling `attribute` the name and value of each attribute on the way.
pub(super) fn read<'t>(text: &'t str, attribute: Attribute<'_, 't>) -> Result<Notes, Fault> {
    let notes = Notes::default();
    let mut reader = Reader {
        text,
        at: 0,
        open: Vec::with_capacity(USUAL_DEPTH),
        has_content: false,
        notes,
        told: attribute,
    };
    reader.trim();
    reader.root()?;
    while !reader.open.is_empty() {
        reader.content()?;
    }
    reader.after()?;
    if reader.has_content { Ok(reader.notes) } else { Err(Fault::Empty) }
}

/// Takes the name and the value of an attribute.
type Attribute<'r, 't> = &'r mut dyn FnMut(Name, &'t str);

struct Reader<'r, 't> {
    text: &'t str,
    at: usize,
    /// The names of the elements that are open.
    open: Vec<&'static Name>,
    /// Whether there was anything to read: text, or an image.
    has_content: bool,
    notes: Notes,
    told: Attribute<'r, 't>,
}

impl<'t> Reader<'_, 't> {
    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn trim(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn take(&mut self, prefix: &[u8]) -> bool {
        let is_there = self.rest().starts_with(prefix);
        self.at += if is_there { prefix.len() } else { 0 };
        is_there
    }

    /// The text from `start` to here.
    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// What stands before `end`, which is passed too.
    fn until(&mut self, end: &str) -> Result<&'t str, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (found, _) = rest.split_once(end).ok_or(Fault::Syntax)?;
        self.at += found.len() + end.len();
        Ok(found)
    }

    fn root(&mut self) -> Result<(), Fault> {
        while self.take(b"<!--") {
            self.comment()?;
            self.trim();
        }
        if self.rest().starts_with(b"<!") || self.rest().starts_with(b"<?") {
            return Err(Fault::Declaration);
        }
        if !self.take(b"<") {
            return Err(Fault::Root);
        }
        self.start_tag()
    }

    fn after(&mut self) -> Result<(), Fault> {
        self.trim();
        while self.take(b"<!--") {
            self.comment()?;
            self.trim();
        }
        if self.rest().is_empty() { Ok(()) } else { Err(Fault::Root) }
    }

    fn comment(&mut self) -> Result<(), Fault> {
        let text = self.until("-->")?;
        if text.contains("--") || text.ends_with('-') { Err(Fault::Syntax) } else { Ok(()) }
    }

    /// Text up to the next tag, and that tag.
    fn content(&mut self) -> Result<(), Fault> {
        self.words()?;
        self.at += 1;
        match self.peek() {
            Some(b'/') => self.end_tag(),
            Some(b'!') if self.take(b"!--") => self.comment(),
            Some(b'!') if self.take(b"![CDATA[") => {
                self.has_content |= self.until("]]>")?.bytes().any(|byte| !is_space(byte));
                Ok(())
            }
            Some(b'!' | b'?') => Err(Fault::Declaration),
            // Nearly all tags are short and have no attributes.
            _ => match Name::alone(self.rest())
                .and_then(|(name, length)| Some((names::element(name)?, length)))
            {
                Some((element, length)) => {
                    self.has_content |= *element == Name::IMG;
                    self.open.push(element);
                    self.at += length + 1;
                    Ok(())
                }
                None => self.start_tag(),
            },
        }
    }

    /// Text up to the next tag.
    fn words(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.peek() == Some(b'<') {
            return Ok(());
        }
        loop {
            self.at += run_to(self.rest(), [b'<', b'&', b']']);
            match self.peek() {
                Some(b'<') => break,
                Some(b'&') => self.entity()?,
                Some(_) if self.rest().starts_with(b"]]>") => return Err(Fault::Syntax),
                Some(_) => self.at += 1,
                None => return Err(Fault::Unclosed),
            }
        }
        self.has_content = self.has_content || self.since(start).bytes().any(|byte| !is_space(byte));
        Ok(())
    }

    /// `&lt; &gt; &amp; &quot; &apos;` and numbers of characters that XML has.
    fn entity(&mut self) -> Result<(), Fault> {
        self.at += 1;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (name, _) = rest.split_once(';').ok_or(Fault::Entity)?;
        self.at += name.len() + 1;
        let number = match name.strip_prefix('#') {
            Some(number) => match number.strip_prefix('x') {
                Some(digits) => digits_of(digits, 16),
                None => digits_of(number, 10),
            },
            None if matches!(name, "lt" | "gt" | "amp" | "quot" | "apos") => return Ok(()),
            None => None,
        };
        let character = number.and_then(char::from_u32);
        if character.is_some_and(|one| one >= ' ' || matches!(one, '\t' | '\n' | '\r')) {
            Ok(())
        } else {
            Err(Fault::Entity)
        }
    }

    fn name(&mut self) -> Result<Name, Fault> {
        let first = self.peek().unwrap_or_default();
        let (name, length) = Name::start(self.rest());
        self.at += length;
        let is_name = length > 0 && (first.is_ascii_alphabetic() || first >= b'_');
        if is_name { Ok(name) } else { Err(Fault::Syntax) }
    }

    fn end_tag(&mut self) -> Result<(), Fault> {
        self.at += 1;
        if let Some((name, length)) = Name::alone(self.rest())
            && self.open.last().is_some_and(|open| **open == name)
        {
            self.open.pop();
            self.at += length + 1;
            return Ok(());
        }
        let name = self.name()?;
        self.trim();
        if self.peek() != Some(b'>') {
            return Err(Fault::Syntax);
        }
        self.at += 1;
        if self.open.pop().copied() == Some(name) { Ok(()) } else { Err(Fault::Mismatch) }
    }

    /// A start tag, its `<` passed.
    fn start_tag(&mut self) -> Result<(), Fault> {
        let name = self.name()?;
        let is_root = self.open.is_empty();
        if is_root && name != Name::DIV {
            return Err(Fault::Root);
        }
        let element = names::element(name).ok_or(Fault::Element)?;
        self.has_content |= name == Name::IMG;
        let mut namespace = None;
        let mut seen = 0;
        loop {
            let before = self.at;
            self.trim();
            let length = match self.rest() {
                [b'>', ..] => 1,
                [b'/', b'>', ..] => 2,
                _ => 0,
            };
            if length > 0 {
                self.at += length;
                if is_root && namespace != Some(NAMESPACE) {
                    return Err(Fault::Namespace);
                }
                if length == 1 {
                    self.open.push(element);
                }
                return Ok(());
            }
            if self.at == before {
                return Err(Fault::Syntax);
            }
            let (attribute, value) = self.attribute()?;
            let bit = names::attribute(attribute, name).ok_or(Fault::Attribute)?;
            if seen & bit != 0 {
                return Err(Fault::Syntax);
            }
            seen |= bit;
            (self.told)(attribute, value);
            match attribute {
                Name::XMLNS => namespace = Some(value),
                Name::HREF | Name::SRC | Name::CITE | Name::LONGDESC | Name::USEMAP => {
                    self.notes.has_active_link |= is_active(value, name == Name::IMG);
                }
                _ => {}
            }
        }
    }

    /// The name of an attribute, and its value.
    fn attribute(&mut self) -> Result<(Name, &'t str), Fault> {
        let name = self.name()?;
        self.trim();
        if !self.take(b"=") {
            return Err(Fault::Syntax);
        }
        self.trim();
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\'')).ok_or(Fault::Syntax)?;
        self.at += 1;
        let start = self.at;
        loop {
            self.at += run_to(self.rest(), [quote, b'<', b'&']);
            match self.peek() {
                Some(b'&') => self.entity()?,
                Some(byte) if byte == quote => break,
                _ => return Err(Fault::Syntax),
            }
        }
        let value = self.since(start);
        self.at += 1;
        Ok((name, value))
    }
}

/// The number that `digits` are.
fn digits_of(digits: &str, radix: u32) -> Option<u32> {
    // Rust would take a sign.
    u32::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))
}

/// Whether a link runs code, or brings a page of its own along. Browsers skip white space and
/// control characters inside the scheme, and so does this; a `data:` image is only an image.
fn is_active(link: &str, is_image: bool) -> bool {
    let letters = link.bytes().filter(|byte| *byte > b' ').map(|byte| byte.to_ascii_lowercase());
    let is = |scheme: &[u8]| letters.clone().take(scheme.len()).eq(scheme.iter().copied());
    // A character reference in a scheme serves nothing but to hide it.
    let start = link.as_bytes().split(|byte| matches!(byte, b'/' | b'?' | b':')).next();
    let is_hidden = start.is_some_and(|start| start.windows(2).any(|two| two == b"&#"));
    is_hidden || is(b"javascript:") || is(b"vbscript:") || (is(b"data:") && !is_image)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn check(text: &str) -> Result<Notes, Fault> {
        read(text, &mut |_, _| {})
    }

    fn div(content: &str) -> Result<Notes, Fault> {
        check(&format!(r#"<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>"#))
    }

    #[test]
    fn what_a_narrative_may_hold() {
        for content in [
            "x",
            " <p>a &amp; b &#160;&#xe9; <br/><br /></p> ",
            "<!-- a comment --><b\n class='x'\t>x</b >",
            "<table border=\"1\"><tr><td nowrap='' colspan=\"2\">x</td></tr></table>",
            "<a href=\"http://x?a=1&amp;b=2\" title='a > b'>x</a><a name='y'/>",
            "<img src='#a' alt='x'/>",
            "<![CDATA[ 1 < 2 ]]>",
        ] {
            assert_eq!(div(content), Ok(Notes::default()), "{content}");
        }
        assert!(check(" <!-- x --> <div xmlns='http://www.w3.org/1999/xhtml' lang='de'>x</div>\n").is_ok());
    }

    #[test]
    fn what_it_must_not() {
        for (content, fault) in [
            ("", Fault::Empty),
            (" <p> \n</p><br/>", Fault::Empty),
            ("<script>x</script>", Fault::Element),
            ("<form>x</form>", Fault::Element),
            ("<P>x</P>", Fault::Element),
            ("<p onclick='x'>x</p>", Fault::Attribute),
            ("<p src='x'>x</p>", Fault::Attribute),
            ("x&nbsp;", Fault::Entity),
            ("a & b", Fault::Entity),
            ("&#0;", Fault::Entity),
            ("&#+65;", Fault::Entity),
            ("<p title='&x;'>x</p>", Fault::Entity),
            ("<p>x", Fault::Mismatch),
            ("<p>x</b></p>", Fault::Mismatch),
            ("<br>x", Fault::Mismatch),
            ("a < b", Fault::Syntax),
            ("<p class=x>x</p>", Fault::Syntax),
            ("<p class>x</p>", Fault::Syntax),
            ("<p class='x'id='y'>x</p>", Fault::Syntax),
            ("<p class='x' class='y'>x</p>", Fault::Syntax),
            ("<p title='<'>x</p>", Fault::Syntax),
            ("<!-- a -- b -->x", Fault::Syntax),
            ("x]]>", Fault::Syntax),
            ("<!DOCTYPE x>", Fault::Declaration),
            ("<?php x ?>", Fault::Declaration),
            ("</div>x", Fault::Root),
        ] {
            assert_eq!(div(content), Err(fault), "{content}");
        }
        for (text, fault) in [
            ("", Fault::Root),
            ("x", Fault::Root),
            ("<p xmlns='http://www.w3.org/1999/xhtml'>x</p>", Fault::Root),
            ("<div>x</div>", Fault::Namespace),
            ("<div xmlns='http://x'>x</div>", Fault::Namespace),
            ("<!DOCTYPE div><div xmlns='http://www.w3.org/1999/xhtml'>x</div>", Fault::Declaration),
            ("<div xmlns='http://www.w3.org/1999/xhtml'>x", Fault::Unclosed),
            ("<div xmlns='http://www.w3.org/1999/xhtml'", Fault::Syntax),
            ("<div xmlns='http://www.w3.org/1999/xhtml", Fault::Syntax),
        ] {
            assert_eq!(check(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn tags_that_are_read_at_once_are_those_that_are_read_byte_by_byte() {
        let names = ["p", "b", "td", "img", "caption", "colgroup", "script", "P", "1", "", "é", "/p"];
        for (start, end) in names.iter().flat_map(|start| names.map(|end| (start, end))) {
            let at_once = div(&format!("<{start}>x</{end}><br>x</br>"));
            assert_eq!(at_once, div(&format!("<{start} >x</{end} ><br>x</br>")), "{start} {end}");
        }
    }

    #[test]
    fn links_that_run_something() {
        let link = |link: &str| div(&format!("<a href=\"{link}\">x</a>")).map(|notes| notes.has_active_link);
        for active in [
            "javascript:x",
            " JaVaScRiPt:x",
            "java\tscript:x",
            "data:text/html,x",
            "vbscript:x",
            "&#106;avascript:x",
        ] {
            assert_eq!(link(active), Ok(true), "{active}");
        }
        for passive in ["http://x/javascript:x", "#javascript", "x", "", "mailto:x", "http://x?a=&#38;"] {
            assert_eq!(link(passive), Ok(false), "{passive}");
        }
        assert_eq!(div("<img src='data:image/png;base64,AA=='/>"), Ok(Notes::default()));
    }
}
