// @ts-check
/** The benchmarks written in Rust: they print their tables and write their figures where `--json` says. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../setup/run.mjs";

const CORE = ["--release", "-p", "fhir-solicit", "--example"];

/**
 * @param {string} example @param {string[]} [args] @param {string[]} [of] what cargo is to run
 * @param {"inherit" | "ignore"} [table] where its own goes
 */
export function native(example, args = [], of = CORE, table = "inherit") {
  mkdirSync(join(ROOT, "target/bench"), { recursive: true });
  const json = join(ROOT, `target/bench/${example}.json`);
  const cargo = ["run", "--quiet", ...of, example, "--"];
  const { status } = spawnSync("cargo", [...cargo, "--json", json, ...args], {
    cwd: ROOT,
    stdio: ["inherit", table, "inherit"],
  });
  if (status !== 0) throw new Error(`cargo ${cargo.join(" ")} failed`);
  return JSON.parse(readFileSync(json, "utf8"));
}

export const scaling = async () => native("bench_scaling");

const SIMULATION = ["--profile", "simulation", "-p", "fhir-solicit-simulation", "--bin"];
export const exchange = async () => native("bench_exchange", [], SIMULATION);
