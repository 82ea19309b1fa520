// @ts-check
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "./run.mjs";
import { CACHE } from "./tools.mjs";

const VERSION = "0.1.1";
const ROOT = join(CACHE, `sekmet-${VERSION}`);

/** A FHIR server that was not written here: Python, in a virtual environment of its own. */
export const SEKMET = join(ROOT, "bin/sekmet");

/** @type {import("../setup.mjs").Step} */
export const sekmet = {
  what: `the FHIR server sekmet ${VERSION}`,
  present: () => existsSync(SEKMET),
  install() {
    // What an interrupted installation has left is no environment.
    rmSync(ROOT, { recursive: true, force: true });
    must("Install Python 3.11 or newer with its module venv.", "python3", ["-m", "venv", ROOT]);
    const pip = ["install", "--quiet", "--disable-pip-version-check", `sekmet-fhir==${VERSION}`];
    must("Check that Python's package index can be reached, then try again.", join(ROOT, "bin/pip"), pip);
  },
};
