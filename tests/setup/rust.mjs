// @ts-check
import { SetupError, run } from "./run.mjs";

const OLDEST = [1, 88];
const REMEDY =
  "Install Rust with rustup (https://rustup.rs) or bring it up to date with `rustup update stable`.";

function version() {
  return /^rustc (\d+)\.(\d+)/
    .exec(run("rustc", ["--version"]).stdout)
    ?.slice(1)
    .map(Number);
}

/** @type {import("../setup.mjs").Step} */
export const rust = {
  what: `Rust ${OLDEST.join(".")} or newer`,
  present() {
    const [major = 0, minor = 0] = version() ?? [];
    return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  },
  install() {
    const found = version();
    throw new SetupError(
      found ? `Rust ${found.join(".")} is too old. ${REMEDY}` : `Rust is missing. ${REMEDY}`,
    );
  },
};
