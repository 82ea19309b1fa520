// @ts-check
/** A panic inside the module: an error in JavaScript that quotes nothing, and a fresh instance afterwards. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ROOT, must } from "../setup/run.mjs";
import { TOOLS_PATH } from "../setup/tools.mjs";
import { TARGET, wasmEnv } from "../setup/wasm-target.mjs";

test("a panic surfaces, quotes nothing, and the next call starts afresh", async () => {
  const env = { ...wasmEnv(), PATH: TOOLS_PATH };
  const built = `target/${TARGET}/debug/examples/panics.wasm`;
  const out = "target/panics";
  must("", "cargo", ["build", "-p", "fhir-solicit-wasm", "--example", "panics", "--target", TARGET], { env });
  must("", "wasm-bindgen", [built, "--target", "web", "--omit-default-module-path", "--out-dir", out], {
    env,
  });
  const { default: init, count } = await import(`${ROOT}${out}/panics.js`);
  await init({ module_or_path: await readFile(`${ROOT}${out}/panics_bg.wasm`) });

  assert.equal(count(), 1);
  assert.equal(count(), 2);
  assert.throws(
    () => count("Chalmers"),
    (error) =>
      error instanceof Error &&
      !(error instanceof WebAssembly.RuntimeError) &&
      /panics\.rs:\d+:\d+/.test(error.message) &&
      !error.message.includes("Chalmers"),
  );
  assert.equal(count(), 1, "what the broken instance held is gone");
});
