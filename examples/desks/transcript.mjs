// @ts-check
/** A conversation in lines: who asks whom, what comes back, and what each desk makes of it. */
import { describe, Looks } from "./traffic.mjs";

/** @typedef {"payer" | "provider"} Side */

const NAME = 8;
const ASKED = 58;

export class Transcript {
  /** What each side's desk said last. @type {Map<Side, string>} */
  #said = new Map();

  /** @param {import("./servers.mjs").Bases} bases named in lines by their sides */
  constructor(bases) {
    this.bases = bases;
  }

  /** Told of every request of one side. @param {Side} side @param {Record<string, Side>} servers by key */
  listener(side, servers) {
    const looks = new Looks();
    return (/** @type {import("fhir-solicit").Traffic} */ traffic) => {
      if (looks.repeats(traffic)) return;
      const { asked, came } = describe(traffic, this.bases);
      const to = servers[traffic.request.server] ?? traffic.request.server;
      const arrow = to === side ? "──▶ own     " : `──▶ ${to.padEnd(NAME)}`;
      console.log(`${side.padEnd(NAME)} ${arrow}  ${asked.padEnd(ASKED)} … ${came}`);
    };
  }

  /** @param {string} name @param {string} what */
  title(name, what) {
    const line = `${name}: ${what}`;
    console.log(`\n${line}\n${"─".repeat(line.length)}`);
  }

  /** @param {Side} side @param {import("fhir-solicit").Solicitation} solicitation */
  state(side, { state, why, progress, reason }) {
    const words = [progress && `progress: “${progress}”`, reason && `reason: “${reason}”`].filter(Boolean);
    const line = `${side.padEnd(NAME)} ● ${[`${state}: ${why}`, ...words].join("; ")}`;
    if (this.#said.get(side) !== line) console.log(line);
    this.#said.set(side, line);
  }

  /** @param {Side} side @param {string} text */
  notice(side, text) {
    console.log(`${side.padEnd(NAME)} ! ${text}`);
  }

  /** @param {string} text */
  verdict(text) {
    console.log(`✓ ${text}.`);
  }
}
