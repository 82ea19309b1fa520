// @ts-check
/**
 * `npm run bench -- NAME [--json FILE] [--record]` runs a benchmark; without a name it lists them.
 *
 * `--record` keeps what validation took, and on what machine, as a snapshot: to be read, asserted by nobody.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureOrExit } from "../setup.mjs";
import { ROOT } from "../setup/run.mjs";
import { printed } from "./table.mjs";

const RECORD = join(ROOT, "tests/snapshots/speed.txt");

/**
 * @typedef {object} Benchmark
 * @property {string} what
 * @property {import("../setup.mjs").Need[]} needs
 * @property {() => Promise<unknown>} run prints a table, and gives its figures
 */

/** @type {Record<string, Benchmark>} */
const BENCHMARKS = {
  validate: {
    what: "validation beside JSON.parse and its peers, in Node, Chromium and natively",
    needs: ["npm", "wasm", "chromium"],
    run: async () => (await import("./validate.mjs")).validate(),
  },
  profile: {
    what: "what a profile adds to the check of a resource",
    needs: ["npm", "wasm"],
    run: async () => (await import("./profile.mjs")).profile(),
  },
  start: {
    what: "from import to the first report, in a new Node process",
    needs: ["npm", "wasm"],
    run: async () => (await import("./start.mjs")).start(),
  },
  scaling: {
    what: "time per byte of inputs that could cost more than their length, at three sizes",
    needs: ["rust", "npm"],
    run: async () => (await import("./native.mjs")).scaling(),
  },
  exchange: {
    what: "time, memory and requests of one more exchange, for 1 to 100,000 of them",
    needs: ["rust"],
    run: async () => (await import("./native.mjs")).exchange(),
  },
};

const { values, positionals } = parseArgs({
  options: { json: { type: "string" }, record: { type: "boolean" } },
  allowPositionals: true,
});
const [name = ""] = positionals;
const benchmark = BENCHMARKS[name];
if (!benchmark) {
  console.log("npm run bench -- NAME [--json FILE] [--record]\n");
  for (const [name, { what }] of Object.entries(BENCHMARKS)) console.log(`  ${name.padEnd(9)} ${what}`);
  if (name) console.error(`\nerror: no benchmark is called ${name}`);
  process.exit(name ? 2 : 0);
}
await ensureOrExit(benchmark.needs);
const [load = 0] = loadavg();
if (load > 0.5)
  console.log(`note: the machine is busy (load ${load.toFixed(1)}); figures will be too high\n`);
const figures = await benchmark.run();
const [cpu] = cpus();
const machine = { cpu: cpu?.model, cpus: cpus().length, node: process.version, load };
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ benchmark: name, machine, figures }, null, 1)}\n`);
if (values.record && name === "validate") {
  const { cpu, cpus, node } = machine;
  const after = loadavg()[0] ?? 0;
  const on = `${cpu}, ${cpus} processors, Node ${node}; load ${load.toFixed(1)} before, ${after.toFixed(1)} after`;
  writeFileSync(RECORD, `npm run bench -- validate --record\n${on}\n\n${printed().trimEnd()}\n`);
}
