//! Base64, as FHIR has it: RFC 4648 section 4, with white space between groups tolerated.

use alloc::{string::String, vec::Vec};

/// Which bytes are in the alphabet of RFC 4648 section 4.
static BASE64: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte == b'+' as usize || byte == b'/' as usize;
        byte += 1;
    }
    table
};

/// Whether `bytes` are groups of four, white space between them; attachments of megabytes pass through
/// here.
pub fn is_valid(mut bytes: &[u8]) -> bool {
    loop {
        let (groups, rest) = bytes.as_chunks::<4>();
        let full = groups.iter().take_while(|group| group.iter().all(|&byte| BASE64[byte as usize])).count();
        match (&groups[full..], rest) {
            ([], []) => return true,
            ([], rest) => return rest.iter().all(u8::is_ascii_whitespace),
            ([stop, ..], _) => {
                let at = full * 4;
                let space = stop.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                if space == 0 {
                    let padded = match stop {
                        [a, b, b'=', b'='] => BASE64[*a as usize] && BASE64[*b as usize],
                        [a, b, c, b'='] => [a, b, c].iter().all(|&&byte| BASE64[byte as usize]),
                        _ => false,
                    };
                    return padded && bytes[at + 4..].iter().all(u8::is_ascii_whitespace);
                }
                bytes = &bytes[at + space..];
            }
        }
    }
}

/// How many bytes `text`, which is valid base64, stands for.
pub fn length(text: &[u8]) -> usize {
    let is_padding = |byte: u8| byte == b'=' || byte.is_ascii_whitespace();
    let inner = text.iter().rposition(|&byte| !is_padding(byte)).map_or(0, |last| last + 1);
    let digits = text[..inner].iter().filter(|byte| !byte.is_ascii_whitespace()).count();
    digits / 4 * 3 + (digits % 4).saturating_sub(1)
}

/// Gives the bytes that `text`, which is valid base64, stands for: three at a time, the last fewer.
pub fn bytes(text: &[u8]) -> impl Iterator<Item = ([u8; 3], usize)> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut digits = text.iter().copied().filter(|&byte| BASE64[byte as usize]);
    core::iter::from_fn(move || {
        let (mut word, mut count) = (0, 0_usize);
        for digit in digits.by_ref().take(4) {
            word = word << 6 | u32::from(value(digit));
            count += 1;
        }
        let [_, bytes @ ..] = (word << (6 * (4 - count))).to_be_bytes();
        (count > 1).then(|| (bytes, count - 1))
    })
}

/// The bytes that `text` stands for, whatever white space is in it; `None` where it is not base64.
///
/// ```
/// use fhir_solicit::fhir::base64::decode;
///
/// assert_eq!(decode("YWJj\n ZA ==\n"), Some(b"abcd".to_vec()));
/// assert_eq!(decode("YWJ"), None);
/// ```
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    is_valid(&text).then(|| bytes(&text).flat_map(|(bytes, count)| bytes.into_iter().take(count)).collect())
}

/// The text of `bytes`.
///
/// ```
/// assert_eq!(fhir_solicit::fhir::base64::encode(b"abcd"), "YWJjZA==");
/// ```
pub fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { digit.into() } else { '=' });
        }
    }
    text
}
