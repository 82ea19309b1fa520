// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ROOT, must } from "./run.mjs";

/** What is made once for all clones. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "fhir-solicit");

/** wasm-bindgen's glue and its CLI must be of one version: the one that Cargo.lock names. */
function locked(/** @type {string} */ crate) {
  const lock = readFileSync(join(ROOT, "Cargo.lock"), "utf8");
  const version = new RegExp(`name = "${crate}"\nversion = "(.+)"`).exec(lock)?.[1];
  if (!version) throw new Error(`Cargo.lock does not name ${crate}`);
  return version;
}

/**
 * A program built by cargo into a directory of its own, so that other projects' versions are left alone.
 * @param {string} crate
 * @param {string} program
 * @param {string} version
 */
function tool(crate, program, version) {
  const root = join(CACHE, "tools", `${program}-${version}`);
  const bin = join(root, "bin");
  return {
    what: `${program} ${version} (compiled once, takes minutes)`,
    bin,
    present: () => existsSync(join(bin, program)),
    install: () =>
      must("Check that crates.io can be reached, then try again.", "cargo", [
        "install",
        crate,
        "--version",
        version,
        "--root",
        root,
        "--no-track",
      ]),
  };
}

export const wasmBindgen = tool("wasm-bindgen-cli", "wasm-bindgen", locked("wasm-bindgen"));
export const cargoFuzz = tool("cargo-fuzz", "cargo-fuzz", "0.13.2");
export const wasmPack = tool("wasm-pack", "wasm-pack", "0.15.1");

/** A PATH on which the pinned tools come first. */
export const TOOLS_PATH = [wasmBindgen.bin, wasmPack.bin, process.env.PATH].join(":");
