//! The elements and attributes that a narrative may have, as numbers that are quick to look up.

/// The name of an element or attribute, as the number whose digits its bytes are.
///
/// The longest known name has room; all that are longer are one name, and so may others be that are not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::validate) struct Name(u64);

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

    /// Digits there are, and how many have room in a number.
    const DIGITS: (u64, usize) = (39, 12);

    const fn of(name: &str) -> Self {
        Self::start(name.as_bytes()).0
    }

    /// The name that `text` starts with, and its length.
    #[inline]
    pub(super) const fn start(text: &[u8]) -> (Self, usize) {
        let (mut number, mut length) = (0_u64, 0);
        while length < text.len() {
            let digit = DIGIT_OF[text[length] as usize];
            if digit == 0 {
                break;
            }
            number = number.wrapping_mul(Self::DIGITS.0).wrapping_add(digit as u64);
            length += 1;
        }
        (Self(if length > Self::DIGITS.1 { u64::MAX } else { number }), length)
    }

    const fn all<const N: usize>(names: [&str; N]) -> [Self; N] {
        let mut words = [Self(0); N];
        let mut at = 0;
        while at < N {
            words[at] = Self::of(names[at]);
            at += 1;
        }
        words
    }
}

/// What a byte is in a number that stands for a name: one digit for each that known names have, one for all others
/// that XML allows there or that are not ASCII, and 0 for a byte that ends a name.
static DIGIT_OF: [u8; 256] = {
    let (mut digits, mut byte) = ([38; 256], 0_u8);
    while byte < 0x80 {
        digits[byte as usize] = match byte {
            b'a'..=b'z' => byte - b'a' + 1,
            b'0'..=b'9' => byte - b'0' + 27,
            b':' => 37,
            b'A'..=b'Z' | b'_' | b'-' | b'.' => 38,
            _ => 0,
        };
        byte += 1;
    }
    digits
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
        (name.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % Self::COUNT
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
    let (mut names, mut which) = ([Name(0); ATTRIBUTES.len()], 0);
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

/// Whether a narrative may have the element `name`.
pub(super) fn is_element(name: Name) -> bool {
    static NAMES: [Name; ELEMENTS.len()] = ELEMENTS;
    ELEMENT_PLACES.find(name, |which| NAMES[which] == name).is_some()
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
        assert!(ELEMENTS.into_iter().all(is_element) && !is_element(Name::HREF));
        for (which, (name, elements)) in ATTRIBUTES.into_iter().enumerate() {
            assert_eq!(attribute(name, *elements.first().unwrap_or(&Name::DIV)), Some(1 << which));
        }
        assert!(attribute(Name::DIV, Name::DIV).is_none() && ATTRIBUTES.len() <= 64);
    }

    #[test]
    fn names_that_are_too_long_are_not_known() {
        let [long, other] = ["div".repeat(5), "hre".repeat(5)].map(|name| Name::of(&name));
        assert!(!is_element(long) && attribute(other, Name::A).is_none());
        // Twelve bytes have room, and names of all lengths are told apart.
        let names: Vec<Name> = (0..14).map(|length| Name::of(&":".repeat(length))).collect();
        assert!(names.is_sorted_by(|one, next| one.0 < next.0));
    }

    #[test]
    fn a_name_ends_where_xml_ends_it() {
        for end in " \t\n/>='\"<&;@[`{".chars() {
            assert_eq!(Name::start(format!("h1{end}x").as_bytes()).1, 2, "{end}");
        }
        for other in ["H1", "h-", "h_", "h.", "hé"] {
            let (name, length) = Name::start(other.as_bytes());
            assert!(length == other.len() && !is_element(name), "{other}");
        }
    }
}
