// @ts-check
/**
 * `npm run interop` runs the stories on FHIR servers that were not written here, by HTTP on loopback: straight,
 * then through a proxy that misbehaves. `-- NAME` names another kind of server than sekmet, `--record` keeps
 * what was met in `tests/snapshots`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureOrExit } from "../setup.mjs";
import { ROOT, seconds } from "../setup/run.mjs";
import { proxy } from "./proxy.mjs";
import { quirks } from "./quirks.mjs";

/**
 * @typedef {object} Running
 * @property {string} base
 * @property {string} [token] that does not expire, where one is needed
 * @property {() => Promise<{ token: string, seconds: number }>} [login] a token that expires
 * @property {() => void} stop
 *
 * @typedef {object} Kind
 * @property {() => Promise<Running>} start
 */

/** @type {Record<string, { need: import("../setup.mjs").Need, load: () => Promise<Kind> }>} */
const KINDS = {
  sekmet: { need: "sekmet", load: async () => (await import("./sekmet.mjs")).sekmet },
  hfs: { need: "hfs", load: async () => (await import("./hfs.mjs")).hfs },
};

/** Milliseconds that one story may take. */
const LIMIT = 60_000;

const { values, positionals } = parseArgs({
  options: { record: { type: "boolean" } },
  allowPositionals: true,
});
const [name = "sekmet"] = positionals;
const kind = KINDS[name];
if (!kind) {
  console.error(`error: no kind of server is called ${name}; there are ${Object.keys(KINDS).join(", ")}`);
  process.exit(2);
}
await ensureOrExit(["npm", "wasm", kind.need]);
const { STORIES } = await import("./stories.mjs");
const { desk } = await import("./desk.mjs");
const { start } = await kind.load();

/**
 * Runs all stories side by side.
 * @param {string} pass
 * @param {() => Promise<Parameters<typeof desk>[1]>} reach the servers, as one story reaches them
 */
async function run(pass, reach) {
  const { met, onTraffic } = quirks();
  const told = Object.entries(STORIES).map(async ([title, story], index) => {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), LIMIT);
    const start = performance.now();
    try {
      // No name is within another: what is on a server belongs to the story whose name it has.
      const name = `${pass}-${String.fromCharCode(97 + index)}`;
      await story(desk(name, await reach(), { onTraffic }, end.signal));
      return { title, ok: true, took: seconds(start), error: undefined };
    } catch (error) {
      return { title, ok: false, took: seconds(start), error };
    } finally {
      clearTimeout(timer);
      end.abort();
    }
  });
  return { met, told: await Promise.all(told) };
}

/** @type {{ stop: () => void }[]} */
const open = [];
const opened = (/** @type {any} */ one) => {
  open.push(one);
  return one;
};
try {
  const [payer, provider] = (await Promise.all([start(), start()])).map(opened);
  const straight = await run("straight", async () => ({
    payer: { ...payer, reached: payer.base },
    provider: { ...provider, reached: provider.base },
  }));
  // A proxy of its own for each story: what one of them meets does not depend on what the others do meanwhile.
  const through = await run("through", async () => ({
    payer: { ...payer, reached: opened(await proxy(payer.base)).base },
    provider: { ...provider, reached: opened(await proxy(provider.base)).base },
  }));
  const passes = [straight, through];

  const row = (/** @type {string} */ what, /** @type {(string | number)[]} */ cells) =>
    `${what.padEnd(72)} ${cells.map((cell) => String(cell).padStart(10)).join(" ")}`;
  const lines = [row(name, ["straight", "by proxy"])];
  for (const [index, { title }] of straight.told.entries()) {
    const ends = passes.map(({ told }) => told[index]);
    lines.push(
      row(
        `  ${title}`,
        ends.map((end) => `${end?.ok ? "ok" : "FAILED"} ${end?.took}`),
      ),
    );
  }
  lines.push("", "quirks met");
  for (const quirk of Object.keys(straight.met)) {
    const counts = passes.map(({ met }) => met[quirk] ?? 0);
    if (counts.some((count) => count > 0)) lines.push(row(`  ${quirk}`, counts));
  }
  console.log(lines.join("\n"));
  if (values.record) {
    writeFileSync(join(ROOT, `tests/snapshots/interop-${name}.txt`), `${lines.join("\n")}\n`);
  }
  const all = passes.flatMap(({ told }) => told);
  for (const { title, error } of all.filter(({ ok }) => !ok)) console.log(`\n${title}\n`, error);
  const failed = all.filter(({ ok }) => !ok).length;
  // As Node's own runner says it, for `npm test` to count.
  console.log(`\nℹ pass ${all.length - failed}\nℹ fail ${failed}`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  for (const one of open) one.stop();
}
