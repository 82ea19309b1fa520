//! The XHTML of narratives: well-formed, and nothing but text with its formatting.
//!
//! Source: R4 narrative; its constraint txt-1 names chapters 7 to 11 (except 9.4) and 15 of HTML
//! 4.0, `a` and `img`. A narrative is a fragment without a document type, so of entities only
//! those of XML itself exist.

use alloc::vec::Vec;

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
    /// A link to a place in the narrative itself: `#…`.
    pub(super) has_local_link: bool,
}

const NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// The elements, sorted.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "map",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

/// The attributes of any element, and those of tables' parts, sorted.
const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "axis",
    "char",
    "charoff",
    "class",
    "colspan",
    "dir",
    "headers",
    "height",
    "id",
    "idref",
    "lang",
    "rowspan",
    "scope",
    "span",
    "style",
    "tabindex",
    "title",
    "valign",
    "width",
    "xml:id",
    "xml:lang",
    "xml:space",
];

/// The attributes of single elements, sorted.
const OWN_ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["charset", "coords", "href", "hreflang", "name", "rel", "rev", "shape", "type"]),
    ("area", &["alt", "coords", "href", "nohref", "shape"]),
    ("blockquote", &["cite"]),
    ("br", &["clear"]),
    ("img", &["alt", "border", "ismap", "longdesc", "src", "usemap"]),
    ("map", &["name"]),
    ("ol", &["start", "type"]),
    ("pre", &["space"]),
    ("q", &["cite"]),
    ("table", &["border", "cellpadding", "cellspacing", "frame", "rules", "summary"]),
    ("td", &["nowrap"]),
    ("th", &["nowrap"]),
    ("ul", &["type"]),
];

/// Reads the narrative `text` to its end.
pub(super) fn check(text: &str) -> Result<Notes, Fault> {
    read(text, &mut |_, _| {})
}

/// As [`check`], telling `attribute` the name and value of each attribute on the way.
pub(super) fn read<'t>(text: &'t str, attribute: Attribute<'_, 't>) -> Result<Notes, Fault> {
    let notes = Notes::default();
    let mut reader = Reader { rest: text, open: Vec::new(), has_content: false, notes, told: attribute };
    reader.trim();
    reader.root()?;
    while !reader.open.is_empty() {
        reader.content()?;
    }
    reader.after()?;
    if reader.has_content { Ok(reader.notes) } else { Err(Fault::Empty) }
}

/// Takes the name and the value of an attribute.
type Attribute<'r, 't> = &'r mut dyn FnMut(&'t str, &'t str);

struct Reader<'r, 't> {
    rest: &'t str,
    /// The names of the elements that are open.
    open: Vec<&'t str>,
    /// Whether there was anything to read: text, or an image.
    has_content: bool,
    notes: Notes,
    told: Attribute<'r, 't>,
}

impl<'t> Reader<'_, 't> {
    fn trim(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    fn take(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What stands before `end`, which is passed too.
    fn until(&mut self, end: &str) -> Result<&'t str, Fault> {
        let (found, rest) = self.rest.split_once(end).ok_or(Fault::Syntax)?;
        self.rest = rest;
        Ok(found)
    }

    fn root(&mut self) -> Result<(), Fault> {
        while self.take("<!--") {
            self.comment()?;
            self.trim();
        }
        if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
            return Err(Fault::Declaration);
        }
        if !self.take("<") {
            return Err(Fault::Root);
        }
        self.start_tag()
    }

    fn after(&mut self) -> Result<(), Fault> {
        self.trim();
        while self.take("<!--") {
            self.comment()?;
            self.trim();
        }
        if self.rest.is_empty() { Ok(()) } else { Err(Fault::Root) }
    }

    fn comment(&mut self) -> Result<(), Fault> {
        let text = self.until("-->")?;
        if text.contains("--") || text.ends_with('-') { Err(Fault::Syntax) } else { Ok(()) }
    }

    /// Text up to the next tag, and that tag.
    fn content(&mut self) -> Result<(), Fault> {
        let Some(at) = self.rest.find('<') else { return Err(Fault::Unclosed) };
        let (text, rest) = self.rest.split_at(at);
        check_entities(text)?;
        if text.contains("]]>") {
            return Err(Fault::Syntax);
        }
        self.has_content |= text.contains(|one| !is_space(one));
        self.rest = &rest[1..];
        if self.take("!--") {
            self.comment()
        } else if self.take("![CDATA[") {
            self.has_content |= self.until("]]>")?.contains(|one| !is_space(one));
            Ok(())
        } else if self.rest.starts_with(['!', '?']) {
            Err(Fault::Declaration)
        } else if self.take("/") {
            let name = self.name()?;
            self.trim();
            if !self.take(">") {
                return Err(Fault::Syntax);
            }
            if self.open.pop() == Some(name) { Ok(()) } else { Err(Fault::Mismatch) }
        } else {
            self.start_tag()
        }
    }

    fn name(&mut self) -> Result<&'t str, Fault> {
        let is_name = |one: char| one.is_alphanumeric() || matches!(one, ':' | '_' | '-' | '.');
        let length = self.rest.find(|one| !is_name(one)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        if name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            Ok(name)
        } else {
            Err(Fault::Syntax)
        }
    }

    /// A start tag, its `<` passed.
    fn start_tag(&mut self) -> Result<(), Fault> {
        let name = self.name()?;
        let is_root = self.open.is_empty();
        if is_root && name != "div" {
            return Err(Fault::Root);
        }
        if ELEMENTS.binary_search(&name).is_err() {
            return Err(Fault::Element);
        }
        self.has_content |= name == "img";
        let mut namespace = None;
        let mut seen: Vec<&str> = Vec::new();
        loop {
            let before = self.rest.len();
            self.trim();
            let is_apart = self.rest.len() < before;
            let is_empty = self.take("/>");
            if is_empty || self.take(">") {
                if is_root && namespace != Some(NAMESPACE) {
                    return Err(Fault::Namespace);
                }
                if !is_empty {
                    self.open.push(name);
                }
                return Ok(());
            }
            if self.rest.is_empty() || !is_apart {
                return Err(Fault::Syntax);
            }
            let (attribute, value) = self.attribute()?;
            if attribute == "xmlns" {
                namespace = Some(value);
            } else if !is_allowed(name, attribute) {
                return Err(Fault::Attribute);
            }
            // Only those allowed get here, so this list stays short.
            if seen.contains(&attribute) {
                return Err(Fault::Syntax);
            }
            seen.push(attribute);
            (self.told)(attribute, value);
            self.notes.has_local_link |= attribute == "href" && value.starts_with('#');
            self.notes.has_active_link |=
                matches!(attribute, "href" | "src" | "cite" | "longdesc" | "usemap")
                    && is_active(value, name == "img");
        }
    }

    fn attribute(&mut self) -> Result<(&'t str, &'t str), Fault> {
        let name = self.name()?;
        self.trim();
        if !self.take("=") {
            return Err(Fault::Syntax);
        }
        self.trim();
        let quote = if self.rest.starts_with('\'') { "'" } else { "\"" };
        if !self.take(quote) {
            return Err(Fault::Syntax);
        }
        let value = self.until(quote)?;
        check_entities(value)?;
        if value.contains('<') { Err(Fault::Syntax) } else { Ok((name, value)) }
    }
}

fn is_allowed(element: &str, attribute: &str) -> bool {
    let own = OWN_ATTRIBUTES.binary_search_by(|(name, _)| (*name).cmp(element));
    ATTRIBUTES.binary_search(&attribute).is_ok()
        || own.is_ok_and(|at| OWN_ATTRIBUTES[at].1.contains(&attribute))
}

/// Whether a link runs code, or brings a page of its own along. Browsers skip white space and
/// control characters inside the scheme, and so does this; a `data:` image is only an image.
fn is_active(link: &str, is_image: bool) -> bool {
    let mut scheme = [0; 12];
    let mut length = 0;
    for byte in link.bytes().filter(|byte| *byte > b' ') {
        match scheme.get_mut(length) {
            Some(place) => *place = byte.to_ascii_lowercase(),
            None => break,
        }
        length += 1;
    }
    let scheme = &scheme[..length];
    // A character reference in a scheme serves nothing but to hide it.
    let is_hidden = link.split(['/', '?', ':']).next().is_some_and(|start| start.contains("&#"));
    is_hidden
        || scheme.starts_with(b"javascript:")
        || scheme.starts_with(b"vbscript:")
        || (scheme.starts_with(b"data:") && !is_image)
}

/// `&lt; &gt; &amp; &quot; &apos;` and numbers of characters that XML has.
fn check_entities(text: &str) -> Result<(), Fault> {
    for after in text.split('&').skip(1) {
        let (name, _) = after.split_once(';').ok_or(Fault::Entity)?;
        let number = match name.strip_prefix('#') {
            Some(number) => match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => number.parse().ok(),
            },
            None if matches!(name, "lt" | "gt" | "amp" | "quot" | "apos") => continue,
            None => None,
        };
        let character = number.and_then(char::from_u32);
        if !character.is_some_and(|one| one >= ' ' || matches!(one, '\t' | '\n' | '\r')) {
            return Err(Fault::Entity);
        }
    }
    Ok(())
}

fn is_space(one: char) -> bool {
    matches!(one, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn div(content: &str) -> Result<Notes, Fault> {
        check(&format!(r#"<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>"#))
    }

    #[test]
    fn lists_are_sorted() {
        assert!(ELEMENTS.is_sorted() && ATTRIBUTES.is_sorted() && OWN_ATTRIBUTES.is_sorted());
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
        assert!(div("<a href='#y'>x</a>").unwrap().has_local_link);
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
