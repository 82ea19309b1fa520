// @ts-check
/** Where in its memory the module has what it is handed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { initSync } from "../../js/dist/fhir_solicit.js";

test("the first text does not begin where copying it would take twenty times as long", () => {
  const module = readFileSync(new URL("../../js/dist/fhir_solicit_bg.wasm", import.meta.url));
  const { __wbindgen_malloc: malloc } = initSync({ module });
  const start = malloc(5_000, 1) % 4_096;
  assert.equal(start, 32, "bytes into its page; anything from 1 to 31 is slow");
});
