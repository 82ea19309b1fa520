//! The separators `,` and `|` in search values, and their escapes (R4 search, escaping).

/// The parts of `text` between separators that no backslash precedes, still escaped.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    text.split(|character| {
        let splits = character == separator && !escaped;
        escaped = character == '\\' && !escaped;
        splits
    })
    .collect()
}

/// `text` with `\,`, `\|`, `\$` and `\\` read.
pub(super) fn unescape(text: &str) -> String {
    let mut characters = text.chars();
    let mut read = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let plain = if character == '\\' { characters.next() } else { Some(character) };
        read.extend(plain);
    }
    read
}
