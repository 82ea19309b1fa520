/** What the module says of a resource, with the names of its members. */
import type { Issue, Report, Unchecked } from "./contract.js";

/** @param text as `Report::to_rows` of the core writes it: JSON would take more than twice as long to read */
export function reportOf(text: string): Report {
  const rows = new Rows(text);
  const resourceType = rows.text();
  const [omitted, errors, warnings] = [rows.number(), rows.number(), rows.number()];
  const [issues, open] = [rows.list(issue), rows.list(unchecked)];
  // Spreading one into the other takes longer than reading a report without issues.
  return resourceType
    ? { resourceType, issues, omitted, errors, warnings, unchecked: open }
    : { issues, omitted, errors, warnings, unchecked: open };
}

function issue(rows: Rows): Issue {
  return {
    severity: rows.text() as Issue["severity"],
    code: rows.text(),
    rule: rows.text(),
    expression: rows.text(),
    pointer: rows.text(),
    line: rows.number(),
    column: rows.number(),
    message: rows.text(),
  };
}

function unchecked(rows: Rows): Unchecked {
  const [kind, name, count] = [rows.text() as Unchecked["kind"], rows.text(), rows.number()];
  return name ? { kind, name, count } : { kind, count };
}

/** Reads one after another. */
class Rows {
  readonly #rows: string;
  #at = 0;

  constructor(rows: string) {
    this.#rows = rows;
  }

  number(): number {
    let number = 0;
    for (;;) {
      const digit = this.#rows.charCodeAt(this.#at++) - 0x30;
      if (!(digit < 10)) return number;
      number = number * 10 + digit;
    }
  }

  text(): string {
    const length = this.number();
    this.#at += length;
    return this.#rows.slice(this.#at - length, this.#at);
  }

  list<T>(one: (rows: Rows) => T): T[] {
    const list: T[] = [];
    for (let left = this.number(); left > 0; left--) list.push(one(this));
    return list;
  }
}
