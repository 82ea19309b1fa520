// @ts-check
/** What a process that validates one resource waits for, apart from Node itself. */
import { run } from "../setup/run.mjs";
import { microseconds, table } from "./table.mjs";

const RUNS = 21;

/** The entries, and the door of each. */
const ENTRIES = /** @type {const} */ ([
  ["fhir-solicit/validate", "loadValidator"],
  ["fhir-solicit", "loadSolicit"],
  ["fhir-solicit/inline", "loadSolicit"],
]);

/** @param {string} entry @param {string} load */
const script = (entry, load) => `
  const start = performance.now();
  const { ${load} } = await import("${entry}");
  const imported = performance.now();
  const { validate } = await ${load}();
  const loaded = performance.now();
  validate('{"resourceType":"Task","status":"requested","intent":"order"}');
  const end = performance.now();
  console.log(JSON.stringify([imported - start, loaded - imported, end - loaded, end - start]));`;

export async function start() {
  /** @type {Record<string, Record<string, number>>} */
  const figures = {};
  for (const [entry, load] of ENTRIES) {
    const runs = Array.from({ length: RUNS }, () => {
      const { ok, output } = run(process.execPath, ["--input-type=module", "-e", script(entry, load)]);
      if (!ok) throw new Error(output);
      return /** @type {number[]} */ (JSON.parse(output));
    });
    const at = (/** @type {number} */ column, part = 0.5) => {
      const sorted = runs.map((run) => run[column] ?? 0).sort((a, b) => a - b);
      return (sorted[Math.floor((RUNS - 1) * part)] ?? 0) * 1000;
    };
    const names = ["import", "load", "first report", "in all"];
    figures[entry] = Object.fromEntries(names.map((name, column) => [name, at(column)]));
    console.log(`${entry}: ${RUNS} processes`);
    table(
      ["", "median", "quartiles"],
      names.map((name, index) => [
        name,
        microseconds(at(index)),
        `${microseconds(at(index, 0.25))} – ${microseconds(at(index, 0.75))}`,
      ]),
    );
  }
  return figures;
}
