/** Text as a terminal shows it: nothing in it moves the cursor, and it has a known width. */

const COLOURS = { red: 31, yellow: 33, blue: 34, bold: 1 };
export type Paint = (style: keyof typeof COLOURS, text: string) => string;

/** Colours what goes to a terminal that has them; `NO_COLOR` is heeded. */
export function painter(stream: NodeJS.WriteStream): Paint {
  const hasColours = stream.isTTY && stream.hasColors();
  return (style, text) => (hasColours ? `\x1b[${COLOURS[style]}m${text}\x1b[m` : text);
}

// What would move the cursor, ring, colour, or turn the direction of writing.
const UNSAFE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** `text` with a tab as two spaces, and in place of every other control character one that is seen. */
export function visible(text: string): string {
  return text.replaceAll("\t", "  ").replace(UNSAFE, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : "\ufffd";
  });
}

// East Asian letters and full-width forms, emoji, and what the emoji selector makes one.
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;
const ZERO = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The columns of a terminal that `text` fills. */
export function width(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) {
    columns += WIDE.test(segment) ? 2 : ZERO.test(segment) ? 0 : 1;
  }
  return columns;
}
