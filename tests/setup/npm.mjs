// @ts-check
import { statSync } from "node:fs";
import { join } from "node:path";
import { ROOT, must } from "./run.mjs";

const changed = (/** @type {string} */ file) =>
  statSync(join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** @type {import("../setup.mjs").Step} */
export const npm = {
  what: "npm packages",
  present: () => changed("node_modules/.package-lock.json") >= changed("package-lock.json"),
  // No package here needs its install script, so none is run.
  install: () =>
    must("Check that the npm registry can be reached, then try again.", "npm", [
      "ci",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
    ]),
};
