/** What the module says of a resource, with the names of its members. */
import type { Issue, Report, Unchecked } from "./contract.js";

/** How many cells an issue has, and what was not decided. */
const [ISSUE, UNCHECKED] = [8, 3];

type Cells = (string | number)[];

/** @param rows as `Report::to_rows` of the core writes them: with all names they would take twice as long to read */
export function reportOf(rows: string): Report {
  const [of, omitted, errors, warnings, issues, unchecked]: [string, number, number, number, Cells, Cells] =
    JSON.parse(rows);
  const found = { issues: issuesOf(issues), omitted, errors, warnings, unchecked: uncheckedOf(unchecked) };
  return of ? { resourceType: of, ...found } : found;
}

function issuesOf(cells: Cells): Issue[] {
  const issues: Issue[] = [];
  for (let at = 0; at < cells.length; at += ISSUE) {
    issues.push({
      severity: cells[at] as Issue["severity"],
      code: cells[at + 1] as string,
      rule: cells[at + 2] as string,
      expression: cells[at + 3] as string,
      pointer: cells[at + 4] as string,
      line: cells[at + 5] as number,
      column: cells[at + 6] as number,
      message: cells[at + 7] as string,
    });
  }
  return issues;
}

function uncheckedOf(cells: Cells): Unchecked[] {
  const unchecked: Unchecked[] = [];
  for (let at = 0; at < cells.length; at += UNCHECKED) {
    const [kind, name, count] = [
      cells[at] as Unchecked["kind"],
      cells[at + 1] as string,
      cells[at + 2] as number,
    ];
    unchecked.push(name ? { kind, name, count } : { kind, count });
  }
  return unchecked;
}
