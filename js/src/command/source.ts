/** The text of a file around a place in it. */
import { visible, width } from "./terminal.js";

/** How many characters are shown before and after the beginning of a place. */
const BEFORE = 60;
const AFTER = 80;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export interface Excerpt {
  /** The line, or what of it is near. */
  text: string;
  /** Columns of the terminal before the place. */
  indent: number;
  /** Columns of the place. */
  length: number;
}

/**
 * Finds places by line and column. Those that ascend, as the issues of a report do, cost one pass in all; the
 * text is decoded only where it is shown, so that a line of megabytes costs no more than a short one.
 */
export class Source {
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #at = 0;
  #line = 1;
  #column = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param column in Unicode characters; both from 1 */
  excerpt(line: number, column: number): Excerpt {
    const at = this.#find(line, column);
    const from = this.#stepBack(at);
    const stop = this.#stepOn(at, AFTER);
    const end = Math.min(this.#endOfToken(at), stop);
    const [before, token, after] = [
      [from, at],
      [at, end],
      [end, stop],
    ].map(([start, end]) => visible(this.#decoder.decode(this.#bytes.subarray(start, end))));
    const isCut = from > 0 && this.#bytes[from - 1] !== LF ? "…" : "";
    const isOpen = this.#isInLine(stop) ? "…" : "";
    return {
      text: `${isCut}${before}${token}${after}${isOpen}`,
      indent: width(`${isCut}${before}`),
      length: Math.max(1, width(token ?? "")),
    };
  }

  #find(line: number, column: number): number {
    if (line < this.#line || (line === this.#line && column < this.#column)) {
      this.#at = 0;
      this.#line = 1;
      this.#column = 1;
    }
    while (this.#line < line) {
      const end = this.#bytes.indexOf(LF, this.#at);
      if (end < 0) return this.#bytes.length;
      this.#at = end + 1;
      this.#line += 1;
      this.#column = 1;
    }
    while (this.#column < column && this.#at < this.#bytes.length) {
      this.#at = this.#next(this.#at);
      this.#column += 1;
    }
    return this.#at;
  }

  /** The beginning of the character after the one at `at`. */
  #next(at: number): number {
    do at += 1;
    while (isContinuation(this.#bytes[at]));
    return at;
  }

  #stepOn(at: number, characters: number): number {
    for (; characters > 0 && this.#isInLine(at); characters -= 1) at = this.#next(at);
    return Math.min(at, this.#bytes.length);
  }

  #stepBack(at: number): number {
    for (let left = BEFORE; left > 0 && at > 0 && this.#bytes[at - 1] !== LF; left -= 1) {
      do at -= 1;
      while (at > 0 && isContinuation(this.#bytes[at]));
    }
    return at;
  }

  /** Whether there is more of the line at `at`. */
  #isInLine(at: number): boolean {
    const byte = this.#bytes[at];
    return byte !== undefined && byte !== LF && !(byte === CR && this.#bytes[at + 1] === LF);
  }

  /** The end of the string, number or word that begins at `at`; of anything else one character. */
  #endOfToken(start: number): number {
    let at = start;
    if (this.#bytes[at] === QUOTE) {
      for (at += 1; this.#isInLine(at) && this.#bytes[at] !== QUOTE; at += 1) {
        if (this.#bytes[at] === BACKSLASH) at += 1;
      }
      return at + 1;
    }
    while (isWord(this.#bytes[at])) at += 1;
    return at > start ? at : this.#next(at);
  }
}

const isContinuation = (byte = 0) => (byte & 0xc0) === 0x80;
const isWord = (byte = 0) => /[\w.+-]/.test(String.fromCharCode(byte));
