// @ts-check
/** The FHIR servers of the payer and of the provider: the test peer of tests/world, in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ROOT, run, SetupError, seconds } from "../../tests/setup/run.mjs";

const BUILD = ["build", "-p", "fhir-solicit-world", "--features", "http", "--bin", "fhir-world"];
const SIDES = /** @type {const} */ (["payer", "provider"]);

/** The base URLs. @typedef {Record<typeof SIDES[number], string>} Bases */

/** Compiles the server, if it is not. @returns {string} the program */
export function buildServer() {
  const start = performance.now();
  const { ok, stdout, output } = run("cargo", [...BUILD, "--message-format=json-render-diagnostics"]);
  if (!ok) throw new SetupError(`\`cargo ${BUILD.join(" ")}\` failed.\n${output}`);
  const messages = stdout.split("\n").filter((line) => line.startsWith("{"));
  const artifact = messages.map((line) => JSON.parse(line)).find(({ executable }) => executable);
  if (!artifact) throw new SetupError("cargo has built no fhir-world; see tests/world/Cargo.toml.");
  if (!artifact.fresh) console.log(`build: fhir-world … ok (${seconds(start)})`);
  return artifact.executable;
}

/**
 * Starts both servers, each with its seed, on free ports of loopback. They end with this process at the latest.
 *
 * @param {string} program
 * @returns {Promise<{ bases: Bases, stop(): void }>}
 */
export async function startServers(program) {
  const seed = (/** @type {string} */ side) => fileURLToPath(new URL(`seed/${side}.json`, import.meta.url));
  const args = SIDES.flatMap((side) => ["--server", side, "--seed", `${side}=${seed(side)}`]);
  const child = spawn(program, [...args, "--exit-with-stdin"], { cwd: ROOT, stdio: "pipe" });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaint += text;
  });
  const failed = once(child, "close").then(() => {
    throw new SetupError(`The FHIR servers did not start. ${complaint.trim()}`);
  });
  const bases = await Promise.race([listening(child.stdout), failed]);
  failed.catch(() => {});
  return { bases, stop: () => child.stdin.end() };
}

/** Reads the lines `NAME BASE` that say where they listen. @param {import("node:stream").Readable} output */
async function listening(output) {
  /** @type {Record<string, string>} */
  const found = {};
  for await (const line of createInterface(output)) {
    const [name, base] = line.split(" ");
    if (name && base) found[name] = base;
    const { payer, provider } = found;
    if (payer && provider) return { payer, provider };
  }
  // The process has ended, of which `startServers` knows more.
  return new Promise(() => {});
}
