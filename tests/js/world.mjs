// @ts-check
/** Real FHIR servers for a test: `fhir-world`, over HTTP on loopback. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { ROOT } from "../setup/run.mjs";

const CARGO = "run --quiet -p fhir-solicit-world --features http --bin fhir-world --".split(" ");

/**
 * A payer's and a provider's server, empty, until the test ends.
 * @param {import("node:test").TestContext} t
 * @param {string[]} options of `fhir-world`, such as `--token`
 */
export async function world(t, ...options) {
  const args = ["--server", "payer", "--server", "provider", "--exit-with-stdin", ...options];
  // FHIR_WORLD names the program where it has been built already.
  const built = process.env.FHIR_WORLD;
  const child = spawn(built ?? "cargo", built ? args : [...CARGO, ...args], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const end = new AbortController();
  t.after(() => {
    end.abort();
    child.stdin.end();
  });
  /** @type {Record<string, string>} */
  const bases = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [name = "", base = ""] = line.split(" ");
    bases[name] = base;
    if (bases.payer && bases.provider) {
      const [payer, provider] = [new Peer(bases.payer), new Peer(bases.provider)];
      // Stops what a failed test has left at work.
      return { payer, provider, signal: end.signal };
    }
  }
  throw new Error("fhir-world ended before it listened");
}

/** @typedef {Awaited<ReturnType<typeof world>>} World */

/** What a test asks a server behind the machines' back. */
export class Peer {
  /** @param {string} base */
  constructor(base) {
    this.base = base;
  }

  /**
   * The resources that a search finds.
   * @param {string} query such as `Task?status=completed`
   * @param {Record<string, string>} [headers]
   * @returns {Promise<any[]>}
   */
  async all(query, headers = {}) {
    const response = await fetch(`${this.base}/${query}`, { headers });
    assert.equal(response.status, 200, query);
    /** @type {any} */
    const bundle = await response.json();
    return (bundle.entry ?? []).map((/** @type {any} */ entry) => entry.resource);
  }

  /** The one resource of a type. @param {string} query @param {Record<string, string>} [headers] */
  async one(query, headers) {
    const found = await this.all(query, headers);
    assert.equal(found.length, 1, `${query} finds one`);
    return found[0];
  }

  /**
   * Commands that a FHIR server does not have: see `fhir_solicit_world::http`.
   * @param {string} method @param {string} command
   * @returns {Promise<any>}
   */
  async control(method, command) {
    const response = await fetch(new URL(`/_world/${command}`, this.base), { method });
    assert(response.ok, command);
    return response.status === 204 ? undefined : response.json();
  }

  /** Lets something go wrong: a `Fault` of the world. @param {object} fault */
  async fault(fault) {
    const response = await fetch(new URL("/_world/faults", this.base), {
      method: "POST",
      body: JSON.stringify(fault),
    });
    assert.equal(response.status, 204);
  }
}
