//! Upper and lower case of letters outside ASCII, in a tenth of the room that the tables of `core` take.
//!
//! Source: Unicode 17, UnicodeData and SpecialCasing, without what depends on a language.

use alloc::{string::String, vec::Vec};

/// Capitals that follow one another: the first, the last, and the small letter of the first.
const RUNS: &str = "ÀÖà ØÞø Ÿÿ Ɓɓ Ɔɔ Ƈƈ ƉƊɖ Ƌƌ Ǝǝ Əə Ɛɛ Ƒƒ Ɠɠ Ɣɣ Ɩɩ Ɨɨ Ƙƙ Ɯɯ Ɲɲ Ɵɵ Ʀʀ Ƨƨ Ʃʃ Ƭƭ Ʈʈ Ưư ƱƲʊ Ʒʒ Ƹƹ Ƽƽ \
    Ǆǆ ǅǆ Ǉǉ ǈǉ Ǌǌ Ǳǳ Ƕƕ Ƿƿ Ƞƞ Ⱥⱥ Ȼȼ Ƚƚ Ⱦⱦ Ɂɂ Ƀƀ Ʉʉ Ʌʌ Ͷͷ Ϳϳ Άά ΈΊέ Όό ΎΏύ ΑΡα ΣΫσ Ϗϗ ϴθ Ϸϸ Ϲϲ Ϻϻ \
    ϽϿͻ ЀЏѐ АЯа Ӏӏ ԱՖա ႠჅⴀ Ⴧⴧ Ⴭⴭ ᎠᏯꭰ ᏰᏵᏸ Ᲊᲊ ᲐᲺა ᲽᲿჽ ẞß ἈἏἀ ἘἝἐ ἨἯἠ ἸἿἰ ὈὍὀ ὨὯὠ ᾈᾏᾀ ᾘᾟᾐ ᾨᾯᾠ ᾸᾹᾰ Ὰ\u{1fbb}ὰ \
    ᾼᾳ Ὲ\u{1fcb}ὲ ῌῃ ῘῙῐ Ὶ\u{1fdb}ὶ ῨῩῠ Ὺ\u{1feb}ὺ Ῥῥ Ὸ\u{1ff9}ὸ Ὼ\u{1ffb}ὼ ῼῳ \u{2126}ω \u{212a}k \u{212b}å Ⅎⅎ ⅠⅯⅰ Ↄↄ ⒶⓏⓐ ⰀⰯⰰ Ⱡⱡ Ɫɫ Ᵽᵽ Ɽɽ Ɑɑ Ɱɱ Ɐɐ Ɒɒ Ⱳⱳ \
    Ⱶⱶ ⱾⱿȿ Ⳳⳳ Ᵹᵹ Ꞌꞌ Ɥɥ Ɦɦ Ɜɜ Ɡɡ Ɬɬ Ɪɪ Ʞʞ Ʇʇ Ʝʝ Ꭓꭓ Ꞔꞔ Ʂʂ Ᶎᶎ Ɤɤ Ƛƛ Ꟶꟶ ＡＺａ 𐐀𐐧𐐨 𐒰𐓓𐓘 𐕰𐕺𐖗 𐕼𐖊𐖣 𐖌𐖒𐖳 𐖔𐖕𐖻 𐲀𐲲𐳀 \
    𐵐𐵥𐵰 𑢠𑢿𑣀 𖹀𖹟𖹠 𖺠𖺸𖺻 𞤀𞤡𞤢";

/// The same where every second letter is a capital and its small letter stands behind it.
const ALTERNATE: &str = "ĀĮā ĲĶĳ ĹŇĺ ŊŶŋ ŹŽź ƂƄƃ ƠƤơ ƳƵƴ ǋǛǌ ǞǮǟ ǲǴǳ ǸȞǹ ȢȲȣ ɆɎɇ ͰͲͱ ϘϮϙ ѠҀѡ ҊҾҋ ӁӍӂ ӐԮӑ ḀẔḁ ẠỾạ ὙὟὑ ⱧⱫⱨ \
    ⲀⳢⲁ ⳫⳭⳬ ꙀꙬꙁ ꚀꚚꚁ ꜢꜮꜣ ꜲꝮꜳ ꝹꝻꝺ ꝾꞆꝿ ꞐꞒꞑ ꞖꞨꞗ ꞴꟂꞵ ꟇꟉꟈ ꟌꟚꟍ";

/// What becomes, in upper case, something that its letters would not become in lower case: it, and what.
const UPPER_ONLY: &str = "µΜ ßSS ıI ŉʼN ſS ǅǄ ǈǇ ǋǊ ǰJ\u{30c} ǲǱ \u{345}Ι ΐΙ\u{308}\u{301} ΰΥ\u{308}\u{301} ςΣ ϐΒ ϑΘ ϕΦ \
    ϖΠ ϰΚ ϱΡ ϵΕ ևԵՒ ᲀВ ᲁД ᲂО ᲃС ᲄТ ᲅТ ᲆЪ ᲇѢ ᲈꙊ ẖH\u{331} ẗT\u{308} ẘW\u{30a} ẙY\u{30a} ẚAʾ ẛṠ \
    ὐΥ\u{313} ὒΥ\u{313}\u{300} ὔΥ\u{313}\u{301} ὖΥ\u{313}\u{342} ᾀἈΙ ᾁἉΙ ᾂἊΙ ᾃἋΙ ᾄἌΙ ᾅἍΙ ᾆἎΙ ᾇἏΙ \
    ᾈἈΙ ᾉἉΙ ᾊἊΙ ᾋἋΙ ᾌἌΙ ᾍἍΙ ᾎἎΙ ᾏἏΙ ᾐἨΙ ᾑἩΙ ᾒἪΙ ᾓἫΙ ᾔἬΙ ᾕἭΙ ᾖἮΙ ᾗἯΙ ᾘἨΙ ᾙἩΙ ᾚἪΙ ᾛἫΙ ᾜἬΙ ᾝἭΙ ᾞἮΙ ᾟἯΙ \
    ᾠὨΙ ᾡὩΙ ᾢὪΙ ᾣὫΙ ᾤὬΙ ᾥὭΙ ᾦὮΙ ᾧὯΙ ᾨὨΙ ᾩὩΙ ᾪὪΙ ᾫὫΙ ᾬὬΙ ᾭὭΙ ᾮὮΙ ᾯὯΙ ᾲᾺΙ ᾳΑΙ ᾴΆΙ ᾶΑ\u{342} \
    ᾷΑ\u{342}Ι ᾼΑΙ \u{1fbe}Ι ῂῊΙ ῃΗΙ ῄΉΙ ῆΗ\u{342} ῇΗ\u{342}Ι ῌΗΙ ῒΙ\u{308}\u{300} \u{1fd3}Ι\u{308}\u{301} \
    ῖΙ\u{342} ῗΙ\u{308}\u{342} ῢΥ\u{308}\u{300} \u{1fe3}Υ\u{308}\u{301} ῤΡ\u{313} ῦΥ\u{342} \
    ῧΥ\u{308}\u{342} ῲῺΙ ῳΩΙ ῴΏΙ ῶΩ\u{342} ῷΩ\u{342}Ι ῼΩΙ ﬀFF ﬁFI ﬂFL ﬃFFI ﬄFFL ﬅST ﬆST ﬓՄՆ ﬔՄԵ ﬕՄԻ \
    ﬖՎՆ ﬗՄԽ";

/// Capitals `first..=last`, every one or every second, and the first of their small letters.
struct Run {
    first: u32,
    last: u32,
    small: u32,
    step: u32,
}

impl Run {
    /// Where a letter of the letters from `start` on is in those from `to` on.
    fn moved(&self, letter: char, start: u32, to: u32) -> Option<char> {
        let at = u32::from(letter).checked_sub(start)?;
        let is_in = at <= self.last - self.first && at.is_multiple_of(self.step);
        char::from_u32(to + at).filter(|_| is_in)
    }
}

/// `text` in upper case: `straße` becomes `STRASSE`.
pub(super) fn upper(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    let (runs, special) = (runs(), special());
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter.to_ascii_uppercase());
        } else if let Ok(at) = special.binary_search_by_key(&letter, |(letter, _)| *letter) {
            out.push_str(special[at].1);
        } else {
            let move_up = |run: &Run| run.moved(letter, run.small, run.first);
            out.push(runs.iter().find_map(move_up).unwrap_or(letter));
        }
    }
    out
}

/// `text` in lower case, letter by letter: a sigma is the same at the end of a word.
pub(super) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let runs = runs();
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter.to_ascii_lowercase());
        } else if letter == 'İ' {
            out.push_str("i\u{307}");
        } else {
            let move_down = |run: &Run| run.moved(letter, run.first, run.small);
            out.push(runs.iter().find_map(move_down).unwrap_or(letter));
        }
    }
    out
}

fn runs() -> Vec<Run> {
    let read = |(word, step): (&str, u32)| {
        let mut letters = word.chars().map(u32::from);
        let (first, last) = (letters.next()?, letters.next_back()?);
        let (last, small) = letters.next().map_or((first, last), |middle| (middle, last));
        Some(Run { first, last, small, step })
    };
    let every = RUNS.split(' ').map(|word| (word, 1));
    every.chain(ALTERNATE.split(' ').map(|word| (word, 2))).filter_map(read).collect()
}

/// What is in [`UPPER_ONLY`], in its order.
fn special() -> Vec<(char, &'static str)> {
    let read = |word: &'static str| {
        let mut letters = word.chars();
        Some((letters.next()?, letters.as_str()))
    };
    UPPER_ONLY.split(' ').filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A later Unicode has more letters with case; what this one has stays as it is.
    #[test]
    fn every_letter_is_as_in_unicode() {
        let is_ours = char::UNICODE_VERSION.0 == 17;
        for plane in 0..2_u32 {
            let letters: String = (plane << 16..(plane + 1) << 16).filter_map(char::from_u32).collect();
            let theirs = [letters.to_uppercase(), letters.chars().flat_map(char::to_lowercase).collect()];
            if is_ours {
                assert!([upper(&letters), lower(&letters)] == theirs, "in plane {plane}");
            }
        }
        let has_case = |letter: char| letter.is_lowercase() || letter.is_uppercase();
        assert!(!('\u{20000}'..=char::MAX).any(has_case));
    }

    #[test]
    fn words_are_as_they_are_written() {
        assert_eq!((&*upper("Straße, kalt"), &*lower("ÄGYPTEN")), ("STRASSE, KALT", "ägypten"));
        assert_eq!((&*upper("Жук σ ς"), &*lower("ЖУК Σ")), ("ЖУК Σ Σ", "жук σ"));
    }
}
