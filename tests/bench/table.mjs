// @ts-check
/** Figures for people. */

/** @type {string[]} */
const lines = [];

/** Prints a line that belongs to a record. @param {string} [line] */
export function print(line = "") {
  lines.push(line);
  console.log(line);
}

/** What was printed until now. */
export const printed = () => lines.join("\n");

/** @param {number} value */
export function microseconds(value) {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} ms`;
  return `${value.toFixed(value < 100 ? 1 : 0)} µs`;
}

/** @param {string[]} head @param {string[][]} rows the first column is text, the others are numbers */
export function table(head, rows) {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)),
  );
  for (const row of [head, ...rows]) {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? "";
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    print(`  ${cells.join("  ").trimEnd()}`);
  }
  print();
}
