// @ts-check
/** Packs as an application in JavaScript loads them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { loadSolicit } from "fhir-solicit";
import { Packs } from "../../js/dist/packs.js";

const solicit = await loadSolicit();
const R4 = new URL(import.meta.resolve("fhir-solicit/packs/r4.pack"));
const CLAIM = { resourceType: "Claim", nonsense: 1 };

const rules = () => solicit.validate(CLAIM).issues.map(({ rule, expression }) => `${expression} ${rule}`);

test("a pack brings its types, from an address, an answer or bytes, once", async () => {
  assert.deepEqual(rules(), []);
  assert.equal(await solicit.loadPack(R4), "r4");
  const found = rules();
  assert.ok(found.includes("Claim.nonsense unknown-element") && found.includes("Claim.use cardinality"));
  const bytes = await readFile(R4);
  assert.equal(await solicit.loadPack(new Response(bytes)), "r4");
  assert.equal(await solicit.loadPack(bytes), "r4");
  assert.deepEqual(rules(), found);
  const task = { resourceType: "Task", status: "requested", intent: "order" };
  assert.equal(solicit.validate(task).errors, 0);
});

test("what is no pack is refused, with what to do", async () => {
  const pack = { name: "SolicitError", kind: "pack" };
  await assert.rejects(solicit.loadPack(new Uint8Array([1])), { ...pack, message: /not a pack/ });
  await assert.rejects(solicit.loadPack((await readFile(R4)).subarray(0, 999)), {
    ...pack,
    message: /cut off/,
  });
  await assert.rejects(solicit.loadPack(new URL("file:///nowhere.pack")), { ...pack, message: /nowhere/ });
  await assert.rejects(solicit.loadPack(new Response("", { status: 404 })), { ...pack, message: /404/ });
});

test("packs outlive a restart of the module", () => {
  /** @type {string[]} */
  const loaded = [];
  const packs = new Packs((pack) => {
    loaded.push(String(pack[0]));
    return String(pack[0]);
  });
  packs.add(new Uint8Array([1]));
  packs.add(new Uint8Array([2]));
  packs.add(new Uint8Array([1]));
  packs.restore();
  assert.deepEqual(loaded.splice(0), ["1", "2", "1"]);
  packs.lose();
  packs.restore();
  packs.restore();
  assert.deepEqual(loaded, ["1", "2"], "each once");
});
