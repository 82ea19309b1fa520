// @ts-check
/**
 * Both tongues agree: what the machines did natively in a recorded story, they do through wasm, effect for
 * effect. The recordings are written, and kept true, by `tests/simulation/tests/recordings.rs`.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { loadSolicit } from "fhir-solicit";
import { begin, handle } from "../../js/dist/fhir_solicit.js";

await loadSolicit();

const folder = new URL("../simulation/recordings/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there are recordings to replay", () => assert.ok(names.length >= 9, `only ${names.length}`));

for (const name of names) {
  test(`${name.replace(".json", "")} goes through wasm as it went natively`, () => {
    const recording = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    let step = begin(recording.start, Date.parse(recording.now));
    assert.deepEqual(step.effects, recording.effects, "at the beginning");
    for (const [index, { input, now, effects }] of recording.steps.entries()) {
      // What the driver keeps in between is text, as in any store.
      const restored = JSON.parse(JSON.stringify(step.state));
      step = handle(restored, input, Date.parse(now));
      assert.deepEqual(step.effects, effects, `at step ${index + 1}, ${input.input}`);
    }
  });
}
