// @ts-check
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "./run.mjs";
import { CACHE } from "./tools.mjs";

const VERSION = "0.2.7";
const ROOT = join(CACHE, `hfs-${VERSION}`);
const TARGET = join(CACHE, `hfs-${VERSION}-target`);

/** A FHIR server that was not written here: Rust, as a program of its own. */
export const HFS = join(ROOT, "bin/hfs");

/** @type {import("../setup.mjs").Step} */
export const hfs = {
  what: `the FHIR server hfs ${VERSION} (compiled once, takes a quarter of an hour and 5 GB meanwhile)`,
  present: () => existsSync(HFS),
  install() {
    const args = ["install", "helios-hfs", "--version", VERSION, "--locked", "--no-track", "--root", ROOT];
    const features = ["--no-default-features", "--features", "R4,sqlite,subscriptions"];
    must("Check that crates.io can be reached, then try again.", "cargo", [...args, ...features], {
      env: {
        CARGO_TARGET_DIR: TARGET,
        // It serves a few requests: what it costs is to be compiled.
        CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
        CARGO_PROFILE_RELEASE_LTO: "off",
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "64",
      },
    });
    rmSync(TARGET, { recursive: true, force: true });
  },
};
