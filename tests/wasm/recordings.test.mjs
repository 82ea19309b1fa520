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

/**
 * Goes every way that leads on from a state, each from the same state: what a machine is told does not change it.
 * @param {unknown} state
 * @param {any[]} ways
 * @param {string[]} path
 * @returns {number} how many steps were compared
 */
function walk(state, ways, path) {
  let steps = 0;
  for (const { input, now, effects, refused, then } of ways) {
    const here = [...path, input.act ?? input.input];
    const take = () => handle(JSON.parse(JSON.stringify(state)), input, Date.parse(now));
    steps += 1;
    if (refused !== undefined) {
      assert.throws(take, (/** @type {any} */ error) => error.kind === refused, here.join(", "));
      continue;
    }
    const step = take();
    assert.deepEqual(step.effects, effects, here.join(", "));
    steps += walk(step.state, then, here);
  }
  return steps;
}

const rows = new URL("rows/", folder);
for (const name of readdirSync(rows)) {
  test(`every row of ${name.replace(".json", "")} goes through wasm as it went natively`, () => {
    let steps = 0;
    for (const { start, now, effects, then } of JSON.parse(readFileSync(new URL(name, rows), "utf8"))) {
      const begun = begin(start, Date.parse(now));
      assert.deepEqual(begun.effects, effects, "at the beginning");
      steps += walk(begun.state, then, []);
    }
    assert.ok(steps >= 36, `twelve statuses, three acts: ${steps}`);
  });
}

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
