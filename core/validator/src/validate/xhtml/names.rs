//! The elements and attributes that a narrative may have, as numbers that are quick to look up.

/// The name of an element or attribute, as the number that its bytes make.
///
/// The longest known name has room; all that are longer are one name, which is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Name(u128);

impl Name {
    pub(super) const A: Self = Self::of("a");
    pub(super) const CITE: Self = Self::of("cite");
    pub(super) const DIV: Self = Self::of("div");
    pub(super) const HREF: Self = Self::of("href");
    pub(super) const IMG: Self = Self::of("img");
    pub(super) const LONGDESC: Self = Self::of("longdesc");
    pub(super) const SRC: Self = Self::of("src");
    pub(super) const USEMAP: Self = Self::of("usemap");
    pub(super) const XMLNS: Self = Self::of("xmlns");

    const fn of(name: &str) -> Self {
        Self::of_bytes(name.as_bytes())
    }

    /// The name of these bytes, none of which is 0.
    #[inline]
    pub(super) const fn of_bytes(name: &[u8]) -> Self {
        match name.split_at_checked(8) {
            None => Self(number(name) as u128),
            Some((start, end)) if end.len() <= 8 => {
                Self((number(start) as u128) << (8 * end.len()) | number(end) as u128)
            }
            Some(_) => Self(u128::MAX),
        }
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

/// The number that up to eight bytes make.
#[inline]
const fn number(bytes: &[u8]) -> u64 {
    let (mut number, mut rest) = (0, bytes);
    while let Some((&first, after)) = rest.split_first() {
        number = number << 8 | first as u64;
        rest = after;
    }
    number
}

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
        let mixed = (name.0 as u64 ^ (name.0 >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 32) as usize % Self::COUNT
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
    (Name::of("id"), ANY),
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
    (Name::of("name"), &Name::all(["a", "map"])),
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
    (Name::of("xml:id"), ANY),
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
    use alloc::vec::Vec;

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
        let [long, other] = ["div".repeat(6), "hre".repeat(6)].map(|name| Name::of(&name));
        assert!(!is_element(long) && attribute(other, Name::A).is_none());
        // Sixteen bytes have room, and names of all lengths are told apart.
        let names: Vec<Name> = (0..17).map(|length| Name::of(&"a".repeat(length))).collect();
        assert!(names.is_sorted_by(|one, next| one.0 < next.0));
    }
}
