// @ts-check
/**
 * What a developer's machine must have, and how to get it.
 *
 * `ensure(["npm", "wasm"])` makes sure of the named needs and of what those need in turn, in the order of
 * the table. What is there already is passed over in silence; what is missing is installed, with one line
 * saying what and how long it took; what cannot be installed ends in a `SetupError` that names the remedy.
 *
 * Only Node's own modules may be imported here: on a fresh clone nothing else is there.
 */
import { pathToFileURL } from "node:url";
import { chromium } from "./setup/chromium.mjs";
import { hfs } from "./setup/hfs.mjs";
import { npm } from "./setup/npm.mjs";
import { SetupError, seconds } from "./setup/run.mjs";
import { rust } from "./setup/rust.mjs";
import { sekmet } from "./setup/sekmet.mjs";
import { cargoFuzz, wasmBindgen, wasmPack } from "./setup/tools.mjs";
import { wasmTarget } from "./setup/wasm-target.mjs";

/**
 * @typedef {object} Step
 * @property {string} what named in the line that reports it
 * @property {() => boolean} present
 * @property {() => void | Promise<void>} install throws a SetupError when it cannot
 */

/** Rust comes first: the version of wasm-bindgen is read from Cargo.lock, the rest is built with cargo. */
const NEEDS = /** @type {const} */ ({
  rust: [rust],
  wasm: [rust, wasmTarget, wasmBindgen, wasmPack],
  npm: [npm],
  chromium: [npm, chromium],
  sekmet: [sekmet],
  hfs: [npm, hfs],
  fuzz: [rust, cargoFuzz],
});

/** @typedef {keyof typeof NEEDS} Need */

/**
 * @param {Iterable<Need>} needs
 * @returns {Promise<number>} how many steps had something to do
 */
export async function ensure(needs) {
  /** @type {Set<Step>} */
  const steps = new Set([...needs].flatMap((need) => [...NEEDS[need]]));
  let done = 0;
  for (const step of steps) {
    if (step.present()) continue;
    done += 1;
    const start = performance.now();
    process.stdout.write(`setup: ${step.what} … `);
    try {
      await step.install();
    } catch (error) {
      process.stdout.write(`failed (${seconds(start)})\n`);
      throw error;
    }
    process.stdout.write(`ok (${seconds(start)})\n`);
  }
  return done;
}

/**
 * `ensure` for a command: on failure prints the one error that names the remedy, and ends with exit code 1.
 * @param {Iterable<Need>} needs
 */
export async function ensureOrExit(needs) {
  try {
    return await ensure(needs);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\nerror: ${error.message}`);
    process.exit(1);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const start = performance.now();
  // What takes long to compile is for those who run it.
  const seldom = ["fuzz", "hfs"];
  const needs = /** @type {Need[]} */ (Object.keys(NEEDS)).filter((need) => !seldom.includes(need));
  await ensureOrExit(needs);
  console.log(`setup: everything is there (${seconds(start)})`);
}
