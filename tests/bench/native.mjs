// @ts-check
/** The benchmarks written in Rust: they print their tables and write their figures where `--json` says. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../setup/run.mjs";

/** @param {string} example @param {string[]} [args] */
export function native(example, args = []) {
  mkdirSync(join(ROOT, "target/bench"), { recursive: true });
  const json = join(ROOT, `target/bench/${example}.json`);
  const cargo = ["run", "--quiet", "--release", "-p", "fhir-solicit", "--example", example, "--"];
  const { status } = spawnSync("cargo", [...cargo, "--json", json, ...args], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error(`cargo ${cargo.join(" ")} failed`);
  return JSON.parse(readFileSync(json, "utf8"));
}

export const scaling = async () => native("bench_scaling");
