/** What the module says of a resource, with the names of its members. */
import type { Issue, Report, Unchecked } from "./contract.js";

/** @param text as `validate_to_rows` of the core writes it: JSON would take more than twice as long to read */
export function reportOf(text: string): Report {
  const rows = new Rows(text);
  const resourceType = rows.text();
  const omitted = rows.number();
  const errors = rows.number();
  const warnings = rows.number();
  const issues = rows.issues();
  const unchecked = rows.unchecked();
  // Spreading one into the other takes longer than reading a report without issues.
  return resourceType
    ? { resourceType, issues, omitted, errors, warnings, unchecked }
    : { issues, omitted, errors, warnings, unchecked };
}

/** Reads one after another. */
class Rows {
  readonly #rows: string;
  #at = 0;

  constructor(rows: string) {
    this.#rows = rows;
  }

  number(): number {
    let digit = this.#rows.charCodeAt(this.#at++);
    let number = digit % 64;
    for (let unit = 64; digit >= 64; unit *= 64) {
      digit = this.#rows.charCodeAt(this.#at++);
      number += (digit % 64) * unit;
    }
    return number;
  }

  text(): string {
    return this.#take(this.number());
  }

  issues(): Issue[] {
    const issues: Issue[] = [];
    let [severity, code, rule] = ["" as Issue["severity"], "", ""];
    for (let left = this.number(); left > 0; left--) {
      if (this.number() > 0) {
        severity = this.text() as Issue["severity"];
        code = this.text();
        rule = this.text();
      }
      const [line, column] = [this.number(), this.number()];
      const [expression, pointer, message] = [this.number(), this.number(), this.number()];
      issues.push({
        severity,
        code,
        rule,
        expression: this.#take(expression),
        pointer: this.#take(pointer),
        line,
        column,
        message: this.#take(message),
      });
    }
    return issues;
  }

  unchecked(): Unchecked[] {
    const unchecked: Unchecked[] = [];
    for (let left = this.number(); left > 0; left--) {
      const kind = this.text() as Unchecked["kind"];
      const name = this.text();
      const count = this.number();
      unchecked.push(name ? { kind, name, count } : { kind, count });
    }
    return unchecked;
  }

  #take(length: number): string {
    this.#at += length;
    return this.#rows.slice(this.#at - length, this.#at);
  }
}
