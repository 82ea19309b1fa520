/** What was found, for people and for programs. */
import type { Issue, Unchecked } from "../contract.js";
import { type Paint, painter, visible } from "./terminal.js";
import { Source } from "./source.js";

/** What was not decided: what the core names, and definitions that were given and cannot be used yet. */
export type NotDecided = Unchecked;

/** What is said of one file, in this order of its members. */
export interface Result {
  file: string;
  resourceType: string | null;
  valid: boolean;
  errors: number;
  warnings: number;
  issues: Issue[];
  /** Only where not all issues are listed. */
  omitted?: number;
  unchecked: NotDecided[];
}

/** One form of output. */
export interface Output {
  result(result: Result, bytes: Uint8Array): void;
  end(): void;
}

const write = (text: string) => process.stdout.write(text);

/** One line of JSON a file. */
export class NdjsonOutput implements Output {
  result(result: Result): void {
    write(`${JSON.stringify(result)}\n`);
  }
  end(): void {}
}

/** One array, an item a line. */
export class JsonOutput implements Output {
  #isFirst = true;

  result(result: Result): void {
    write(`${this.#isFirst ? "[\n" : ",\n"}${JSON.stringify(result)}`);
    this.#isFirst = false;
  }
  end(): void {
    write(this.#isFirst ? "[]\n" : "\n]\n");
  }
}

/** As a compiler says it: the place, the line with what is meant underlined, the reason; a summary at the end. */
export class TextOutput implements Output {
  readonly #paint: Paint = painter(process.stdout);
  readonly #excerpts: boolean;
  readonly #unchecked = new Map<string, { count: number; names: Set<string> }>();
  #files = 0;
  #valid = 0;
  #errors = 0;
  #warnings = 0;

  /** @param excerpts whether to show the text of the file, which may be a patient's data */
  constructor(excerpts: boolean) {
    this.#excerpts = excerpts;
  }

  result({ file, valid, errors, warnings, issues, omitted, unchecked }: Result, bytes: Uint8Array): void {
    this.#files += 1;
    this.#valid += Number(valid);
    this.#errors += errors;
    this.#warnings += warnings;
    for (const { kind, name, count } of unchecked) {
      const of = this.#unchecked.get(kind) ?? { count: 0, names: new Set() };
      of.count += count;
      if (name) of.names.add(name);
      this.#unchecked.set(kind, of);
    }
    const source = new Source(bytes);
    const text = issues.map((issue) => this.#issue(file, issue, source));
    if (omitted)
      text.push(`${visible(file)}: ${counted(omitted, "more issue")} not shown; see --max-issues\n\n`);
    write(text.join(""));
  }

  #issue(file: string, { severity, rule, expression, line, column, message }: Issue, source: Source): string {
    const colour = severity === "warning" ? "yellow" : severity === "information" ? "blue" : "red";
    const gutter = " ".repeat(String(line).length + 1);
    const bar = this.#paint("blue", "|");
    const place = `${visible(file)}:${line}:${column}:`;
    const lines = [
      `${place} ${this.#paint(colour, `${severity}[${rule}]`)} ${this.#paint("bold", visible(expression))}`,
    ];
    if (this.#excerpts) {
      const { text, indent, length } = source.excerpt(line, column);
      const mark = this.#paint(colour, "^".repeat(length));
      lines.push(
        `${this.#paint("blue", `${line}`)} ${bar} ${text}`.trimEnd(),
        `${gutter}${bar} ${" ".repeat(indent)}${mark}`,
      );
    }
    lines.push(`${gutter}${this.#paint("blue", "=")} ${visible(message)}`, "", "");
    return lines.join("\n");
  }

  end(): void {
    const invalid = this.#files - this.#valid;
    const found = `${counted(this.#errors, "error")}, ${counted(this.#warnings, "warning")}`;
    write(`${counted(this.#files, "file")}: ${this.#valid} valid, ${invalid} invalid; ${found}\n`);
    for (const [kind, { count, names }] of [...this.#unchecked].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const some = [...names].slice(0, NAMED).map(visible);
      if (names.size > NAMED) some.push(`${names.size - NAMED} more`);
      write(
        `not checked: ${kind}, ${counted(count, "time")}${some.length > 0 ? `: ${some.join(", ")}` : ""}\n`,
      );
    }
  }
}

/** How many names of what was not decided fit into a summary. */
const NAMED = 4;

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
