// @ts-check
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The clone's own directory, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Something a person has to do before set-up can go on; the message says what. */
export class SetupError extends Error {}

/** @param {number} start as `performance.now()` gave it */
export function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/**
 * Runs a program and keeps its output to itself.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string> | undefined, cwd?: string }} [options]
 */
export function run(program, args, { env = {}, cwd = ROOT } = {}) {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { ok: status === 0, stdout: stdout ?? "", output: error ? error.message : stdout + stderr };
}

/**
 * Runs a program that must succeed; shows all it printed if it does not.
 * @param {string} remedy what the person at the keyboard can do about a failure
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string> | undefined, cwd?: string }} [options]
 */
export function must(remedy, program, args, options) {
  const { ok, output } = run(program, args, options);
  if (!ok) throw new SetupError(`\`${[program, ...args].join(" ")}\` failed. ${remedy}\n${output}`);
}
