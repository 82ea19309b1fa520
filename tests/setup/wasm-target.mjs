// @ts-check
import { existsSync } from "node:fs";
import * as debian from "./debian-wasm.mjs";
import { SetupError, run } from "./run.mjs";

export const TARGET = "wasm32-unknown-unknown";

/** @param {Record<string, string>} env */
function hasTarget(env) {
  const { ok, stdout } = run("rustc", ["--print", "target-libdir", "--target", TARGET], { env });
  return ok && existsSync(stdout.trim());
}

/** Whether rustup could not give the target and Debian's packages stand in. */
export function isFallback() {
  return !hasTarget({});
}

/** What to add to the environment for cargo to build for wasm. */
export function wasmEnv() {
  return isFallback() ? debian.ENV : {};
}

/** @type {import("../setup.mjs").Step} */
export const wasmTarget = {
  what: `Rust target ${TARGET}`,
  present: () => hasTarget(wasmEnv()),
  install() {
    const rustup = run("rustup", ["target", "add", TARGET]);
    if (rustup.ok) return;
    if (debian.possible()) debian.install();
    else {
      throw new SetupError(
        `rustup cannot add the target ${TARGET}. Run \`rustup target add ${TARGET}\` where rustup's server can be ` +
          `reached; as root on Debian 12 or newer, Debian's packages are used instead.\n${rustup.output}`,
      );
    }
  },
};
