/** Long texts of a resource, such as base64, that stay out of wasm: something short stands in for them there. */

/** From this many characters on a text is long. */
const LONG = 1 << 16;

/** What was lifted out of the resources of one resolution. */
export class Lifted {
  readonly #name = `lifted-${crypto.randomUUID()}-`;
  /** JSON strings as they stood, with their quotes. */
  readonly #strings: string[] = [];

  /** The JSON without its long strings. Everything else stays as it is, to the last digit. */
  out(json: string): string {
    if (json.length < LONG) return json;
    const kept: string[] = [];
    let from = 0;
    for (let open = json.indexOf('"'); open >= 0; ) {
      const close = closing(json, open);
      if (close < 0) break;
      if (close - open > LONG) {
        kept.push(json.slice(from, open), `"${this.#name}${this.#strings.length}"`);
        this.#strings.push(json.slice(open, close + 1));
        from = close + 1;
      }
      open = json.indexOf('"', close + 1);
    }
    return kept.join("") + json.slice(from);
  }

  /** The JSON as it was. */
  back(json: string): string {
    const name = new RegExp(`"${this.#name}(\\d+)"`, "g");
    return json.replace(name, (whole, index: string) => this.#strings[Number(index)] ?? whole);
  }

  /** The text that something short stands in for, or else the text given. */
  text(text: string): string {
    if (!text.startsWith(this.#name)) return text;
    const string = this.#strings[Number(text.slice(this.#name.length))];
    return string === undefined ? text : (JSON.parse(string) as string);
  }
}

/** Where the string that opens at `open` closes; -1 where it does not. */
function closing(json: string, open: number): number {
  for (let close = json.indexOf('"', open + 1); close >= 0; close = json.indexOf('"', close + 1)) {
    let escapes = 0;
    while (json[close - 1 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return close;
  }
  return -1;
}
