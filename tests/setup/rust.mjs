// @ts-check
import { SetupError, run } from "./run.mjs";

const OLDEST = { major: 1, minor: 88 };
const REMEDY =
  "Install Rust with rustup (https://rustup.rs) or bring it up to date with `rustup update stable`.";

function version() {
  const [, major, minor] = /^rustc (\d+)\.(\d+)/.exec(run("rustc", ["--version"]).stdout) ?? [];
  return { major: Number(major ?? 0), minor: Number(minor ?? 0) };
}

/** @type {import("../setup.mjs").Step} */
export const rust = {
  what: `Rust ${OLDEST.major}.${OLDEST.minor} or newer`,
  present() {
    const { major, minor } = version();
    return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
  },
  install() {
    const { major, minor } = version();
    throw new SetupError(`${major ? `Rust ${major}.${minor} is too old` : "Rust is missing"}. ${REMEDY}`);
  },
};
