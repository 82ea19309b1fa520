//! The elements and attributes that a narrative may have, as words that are quick to look up.

use crate::json::before;

/// The name of an element or attribute: its first eight bytes and the others, each as a word.
///
/// Every known name has room; all that are longer are one name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::validate) struct Name {
    first: u64,
    last: u64,
}

impl Name {
    pub(super) const A: Self = Self::of("a");
    pub(super) const CITE: Self = Self::of("cite");
    pub(super) const DIV: Self = Self::of("div");
    pub(in crate::validate) const HREF: Self = Self::of("href");
    pub(in crate::validate) const ID: Self = Self::of("id");
    pub(super) const IMG: Self = Self::of("img");
    pub(super) const LONGDESC: Self = Self::of("longdesc");
    pub(in crate::validate) const NAME: Self = Self::of("name");
    pub(super) const SRC: Self = Self::of("src");
    pub(super) const USEMAP: Self = Self::of("usemap");
    pub(in crate::validate) const XML_ID: Self = Self::of("xml:id");
    pub(super) const XMLNS: Self = Self::of("xmlns");

    const EMPTY: Self = Self { first: 0, last: 0 };

    /// Bytes that have room.
    const ROOM: usize = 16;

    const fn of(name: &str) -> Self {
        Self::start(name.as_bytes()).0
    }

    /// The name that `text` starts with, and its length.
    #[inline]
    pub(super) const fn start(text: &[u8]) -> (Self, usize) {
        let (mut name, mut length) = (Self::EMPTY, 0);
        while length < text.len() && IS_NAME[text[length] as usize] {
            let byte = (text[length] as u64) << (length % 8 * 8);
            if length < 8 {
                name.first |= byte;
            } else {
                name.last |= byte;
            }
            length += 1;
        }
        (if length > Self::ROOM { Self { first: u64::MAX, last: u64::MAX } } else { name }, length)
    }

    /// What `text` starts with before a `>`, and its length, where that is so short that one look finds it. It may
    /// be no name.
    #[inline]
    pub(super) fn alone(text: &[u8]) -> Option<(Self, usize)> {
        let (word, length) = before(*text.first_chunk()?, b'>')?;
        Some((Self { first: word, last: 0 }, length))
    }

    const fn all<const N: usize>(names: [&str; N]) -> [Self; N] {
        let mut words = [Self::EMPTY; N];
        let mut at = 0;
        while at < N {
            words[at] = Self::of(names[at]);
            at += 1;
        }
        words
    }
}

/// Which bytes a name is made of that XML allows: those that are not ASCII, too.
static IS_NAME: [bool; 256] = {
    let (mut is_name, mut byte) = ([true; 256], 0_u8);
    while byte < 0x80 {
        is_name[byte as usize] =
            matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_' | b'-' | b'.');
        byte += 1;
    }
    is_name
};

/// Where names are in a list: by a number that their bytes make, or in the next place that was free.
struct Places([u8; Self::COUNT]);

impl Places {
    const COUNT: usize = 128;

    const fn of<const N: usize>(names: [Name; N]) -> Self {
        let (mut places, mut which) = ([0; Self::COUNT], 0);
        while which < N {
            let mut at = Self::first(names[which]);
            while places[at] != 0 {
                at = (at + 1) % Self::COUNT;
            }
            which += 1;
            places[at] = which as u8;
        }
        Self(places)
    }

    /// Where to look for `name` first.
    const fn first(name: Name) -> usize {
        let mixed = (name.first ^ name.last.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 57) as usize % Self::COUNT
    }

    /// The number in the list of what `is_it`, if it is where `name` has to be.
    fn find(&self, name: Name, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let mut at = Self::first(name);
        while let Some(which) = usize::from(self.0[at]).checked_sub(1) {
            if is_it(which) {
                return Some(which);
            }
            at = (at + 1) % Self::COUNT;
        }
        None
    }
}

static ELEMENT_PLACES: Places = Places::of(ELEMENTS);

static ATTRIBUTE_PLACES: Places = {
    let (mut names, mut which) = ([Name::EMPTY; ATTRIBUTES.len()], 0);
    while which < ATTRIBUTES.len() {
        names[which] = ATTRIBUTES[which].0;
        which += 1;
    }
    Places::of(names)
};

/// The elements.
const ELEMENTS: [Name; 53] = Name::all([
    "a",
    "b",
    "i",
    "p",
    "q",
    "br",
    "dd",
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
    "li",
    "ol",
    "td",
    "th",
    "tr",
    "tt",
    "ul",
    "bdo",
    "big",
    "col",
    "dfn",
    "div",
    "img",
    "kbd",
    "map",
    "pre",
    "sub",
    "sup",
    "var",
    "abbr",
    "area",
    "cite",
    "code",
    "samp",
    "span",
    "small",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "strong",
    "acronym",
    "address",
    "caption",
    "colgroup",
    "blockquote",
]);

/// Where an attribute may stand that any element may have.
const ANY: &[Name] = &[];

/// The attributes and the elements that may have them.
const ATTRIBUTES: [(Name, &[Name]); 52] = [
    (Name::ID, ANY),
    (Name::of("alt"), &Name::all(["img", "area"])),
    (Name::of("dir"), ANY),
    (Name::of("rel"), &[Name::A]),
    (Name::of("rev"), &[Name::A]),
    (Name::SRC, &[Name::IMG]),
    (Name::of("abbr"), ANY),
    (Name::of("axis"), ANY),
    (Name::of("char"), ANY),
    (Name::CITE, &Name::all(["q", "blockquote"])),
    (Name::HREF, &Name::all(["a", "area"])),
    (Name::of("lang"), ANY),
    (Name::NAME, &Name::all(["a", "map"])),
    (Name::of("span"), ANY),
    (Name::of("type"), &Name::all(["a", "ol", "ul"])),
    (Name::of("align"), ANY),
    (Name::of("class"), ANY),
    (Name::of("clear"), &Name::all(["br"])),
    (Name::of("frame"), &Name::all(["table"])),
    (Name::of("idref"), ANY),
    (Name::of("ismap"), &[Name::IMG]),
    (Name::of("rules"), &Name::all(["table"])),
    (Name::of("scope"), ANY),
    (Name::of("shape"), &Name::all(["a", "area"])),
    (Name::of("space"), &Name::all(["pre"])),
    (Name::of("start"), &Name::all(["ol"])),
    (Name::of("style"), ANY),
    (Name::of("title"), ANY),
    (Name::of("width"), ANY),
    (Name::XMLNS, ANY),
    (Name::of("border"), &Name::all(["img", "table"])),
    (Name::of("coords"), &Name::all(["a", "area"])),
    (Name::of("height"), ANY),
    (Name::of("nohref"), &Name::all(["area"])),
    (Name::of("nowrap"), &Name::all(["td", "th"])),
    (Name::USEMAP, &[Name::IMG]),
    (Name::of("valign"), ANY),
    (Name::XML_ID, ANY),
    (Name::of("charoff"), ANY),
    (Name::of("charset"), &[Name::A]),
    (Name::of("colspan"), ANY),
    (Name::of("headers"), ANY),
    (Name::of("rowspan"), ANY),
    (Name::of("summary"), &Name::all(["table"])),
    (Name::of("hreflang"), &[Name::A]),
    (Name::LONGDESC, &[Name::IMG]),
    (Name::of("tabindex"), ANY),
    (Name::of("xml:lang"), ANY),
    (Name::of("accesskey"), ANY),
    (Name::of("xml:space"), ANY),
    (Name::of("cellpadding"), &Name::all(["table"])),
    (Name::of("cellspacing"), &Name::all(["table"])),
];

/// The element `name`, where a narrative may have it.
pub(super) fn element(name: Name) -> Option<&'static Name> {
    static NAMES: [Name; ELEMENTS.len()] = ELEMENTS;
    ELEMENT_PLACES.find(name, |which| NAMES[which] == name).map(|which| &NAMES[which])
}

/// The bit of the attribute `name` among all, where `element` may have it.
pub(super) fn attribute(name: Name, element: Name) -> Option<u64> {
    static NAMES: [(Name, &[Name]); ATTRIBUTES.len()] = ATTRIBUTES;
    let at = ATTRIBUTE_PLACES.find(name, |which| NAMES[which].0 == name)?;
    let (_, elements) = NAMES[at];
    (elements.is_empty() || elements.contains(&element)).then_some(1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec::Vec};

    #[test]
    fn every_name_has_a_place_and_a_word_has_a_bit_for_each_attribute() {
        assert!(
            ELEMENTS.into_iter().all(|name| element(name) == Some(&name)) && element(Name::HREF).is_none()
        );
        for (which, (name, elements)) in ATTRIBUTES.into_iter().enumerate() {
            assert_eq!(attribute(name, *elements.first().unwrap_or(&Name::DIV)), Some(1 << which));
        }
        assert!(attribute(Name::DIV, Name::DIV).is_none() && ATTRIBUTES.len() <= 64);
    }

    #[test]
    fn names_that_are_too_long_are_not_known() {
        let [long, other] = ["div".repeat(6), "hre".repeat(6)].map(|name| Name::of(&name));
        assert!(element(long).is_none() && attribute(other, Name::A).is_none());
        // Sixteen bytes have room, and names of all lengths are told apart.
        let names: Vec<Name> = (0..18).map(|length| Name::of(&":".repeat(length))).collect();
        assert!(names.iter().enumerate().all(|(at, name)| !names[..at].contains(name)));
    }

    #[test]
    fn a_name_alone_is_the_one_that_is_read_to_its_end() {
        for name in ["p", "h1", "thead", "caption"] {
            let text = format!("{name}>x<b>>>>>>");
            let (found, length) = Name::alone(text.as_bytes()).unwrap();
            assert!(found == Name::of(name) && length == name.len());
        }
        for text in ["colgroup>  ", "table border='1'>", "p>x"] {
            assert!(Name::alone(text.as_bytes()).is_none(), "{text}");
        }
        for text in ["p class>", "br/>    ", ">>>>>>>>", "/p>     "] {
            assert!(Name::alone(text.as_bytes()).and_then(|(name, _)| element(name)).is_none(), "{text}");
        }
    }

    #[test]
    fn a_name_ends_where_xml_ends_it() {
        for end in " \t\n/>='\"<&;@[`{".chars() {
            assert_eq!(Name::start(format!("h1{end}x").as_bytes()).1, 2, "{end}");
        }
        for other in ["H1", "h-", "h_", "h.", "hé"] {
            let (name, length) = Name::start(other.as_bytes());
            assert!(length == other.len() && element(name).is_none(), "{other}");
        }
    }
}
