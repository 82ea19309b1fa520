//! Where something stands in the text.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::FromJson;

/// A place in a text, as editors show it.
///
/// Lines end with `\n`. Both numbers start at 1; a column counts Unicode characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, FromJson)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Turns byte offsets into [`Position`]s, cheaply for offsets that ascend.
///
/// Offsets asked for in ascending order cost one pass over the text in all; an earlier offset
/// starts that pass again.
#[derive(Clone, Debug)]
pub struct Locator<'d> {
    text: &'d [u8],
    offset: usize,
    position: Position,
}

impl<'d> Locator<'d> {
    /// A locator over `text`, which need not be valid UTF-8.
    pub fn new(text: &'d [u8]) -> Self {
        Self { text, offset: 0, position: Position { line: 1, column: 1 } }
    }

    /// The position of the byte at `offset`; offsets past the end count as the end.
    pub fn position(&mut self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        if offset < self.offset {
            *self = Self::new(self.text);
        }
        let mut passed = &self.text[self.offset..offset];
        let lines = count(passed, |byte| byte == b'\n');
        // Only the last line has columns to count, and a line without end may be all there is.
        if lines > 0 {
            self.position.line += lines;
            self.position.column = 1;
            passed = passed.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        }
        self.position.column += count(passed, |byte| byte & 0xC0 != 0x80);
        self.offset = offset;
        self.position
    }
}

/// How many bytes are of a kind: in lots of a fixed size whose count is a byte, which processors are quick at.
fn count(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> u32 {
    let (lots, rest) = bytes.as_chunks::<128>();
    let of = |lot: &[u8; 128]| lot.iter().fold(0_u8, |count, &byte| count + u8::from(is_one(byte)));
    lots.iter().map(|lot| u32::from(of(lot))).sum::<u32>()
        + rest.iter().map(|&byte| u32::from(is_one(byte))).sum::<u32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_newlines() {
        let mut locator = Locator::new("aé\nß\"".as_bytes());
        assert_eq!(locator.position(0), Position { line: 1, column: 1 });
        assert_eq!(locator.position(3), Position { line: 1, column: 3 });
        assert_eq!(locator.position(6), Position { line: 2, column: 2 });
        assert_eq!(locator.position(1), Position { line: 1, column: 2 }, "going back is allowed");
        assert_eq!(locator.position(999), Position { line: 2, column: 3 });
    }
}
