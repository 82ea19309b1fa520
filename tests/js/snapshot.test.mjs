// @ts-check
/** What was saved goes on, by whatever version it was saved (R102): servers here are doubles. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { memoryStore } from "fhir-solicit";
import { request, solicit } from "./desks.mjs";

const servers = { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" };
const start = /** @type {const} */ ({ request, variant: "with-task", servers });
/** A server that is slow to answer. @type {import("fhir-solicit").Transport} */
const silent = () => new Promise(() => {});

/** A payer that waits, and an inbox, as they are before anything is answered. */
async function two() {
  const asking = await solicit.requester({ ...start, transport: silent });
  const inbox = await solicit.inbox({ servers, transport: silent });
  return { asking, inbox };
}

/** @template T @param {T} value @returns {T} */
const stored = (value) => JSON.parse(JSON.stringify(value));

test("all machines are one value, and go on from it", async () => {
  const { asking, inbox } = await two();
  const saved = stored(solicit.snapshot({ "request-17": asking, inbox: inbox.save() }));
  for (const actor of [asking, inbox]) actor.stop();
  /** @type {string[]} */
  const sent = [];
  const { actors, aside } = await solicit.restoreAll(saved, (id, state) => ({
    transport: (request) => {
      sent.push(`${id} ${state.actor} ${request.method}`);
      return new Promise(() => {});
    },
  }));
  assert.deepEqual(aside, []);
  assert.deepEqual(
    Object.entries(actors).map(([id, { actor }]) => `${id} ${actor}`),
    ["request-17 requester", "inbox inbox"],
  );
  // Whether the server has the request is asked before it is sent again.
  assert.deepEqual(sent.sort(), ["inbox inbox GET", "inbox inbox GET", "request-17 requester GET"]);
  for (const actor of Object.values(actors)) actor.stop();
});

test("what cannot be restored is named, kept and given back as it came", async () => {
  const { asking, inbox } = await two();
  const good = stored(solicit.snapshot({ asking }));
  for (const actor of [asking, inbox]) actor.stop();
  const strange = [
    { id: "later", state: { actor: "auctioneer", version: 2, bids: [1] } },
    { id: "newer", state: { actor: "inbox", version: 99 } },
    { id: "broken", state: { actor: "inbox", version: 2 } },
    "nonsense",
  ];
  const saved = { ...good, saved: [...strange, ...good.saved] };
  const { actors, aside } = await solicit.restoreAll(saved, () => ({ transport: silent }));
  assert.deepEqual(Object.keys(actors), ["asking"]);
  assert.deepEqual(
    aside.map(({ id, why }) => `${id} ${why}`),
    ["later unknown-kind", "newer newer", "broken damaged", "undefined damaged"],
  );
  for (const { message } of aside) assert.match(message, /update the library|restore it from a backup/);
  const again = solicit.snapshot(actors, aside);
  assert.deepEqual(again.saved.slice(1), strange);
  for (const actor of Object.values(actors)) actor.stop();
});

test("a snapshot of a later version, or none, is refused whole", async () => {
  /** @type {import("fhir-solicit").Snapshot} */
  const newer = { format: "fhir-solicit", version: 99, saved: [] };
  await assert.rejects(solicit.restoreAll(newer), {
    kind: "snapshot",
    message: /version 99.*update the library/,
  });
  await assert.rejects(solicit.restoreAll(/** @type {any} */ ({ saved: [] })), { kind: "snapshot" });
  assert.deepEqual(await solicit.restoreAll(undefined), { actors: {}, aside: [] });
  const state = /** @type {const} */ ({ actor: "inbox", version: 99 });
  await assert.rejects(solicit.resume(state), { kind: "snapshot", message: /update the library/ });
});

test("what the first version has saved goes on", async () => {
  const fixture = new URL("../simulation/fixtures/snapshot-1.json", import.meta.url);
  /** @type {{ name: string, snapshot: import("fhir-solicit").Snapshot }[]} */
  const stages = JSON.parse(await readFile(fixture, "utf8"));
  assert.equal(stages.length, 13);
  const { asking, inbox } = await two();
  const { version } = inbox.save();
  for (const actor of [asking, inbox]) actor.stop();
  for (const { name, snapshot } of stages) {
    const { actors, aside } = await solicit.restoreAll(snapshot, () => ({ transport: silent }));
    assert.deepEqual(aside, [], name);
    assert.equal(Object.keys(actors).length, snapshot.saved.length, name);
    for (const actor of Object.values(actors)) {
      assert.equal(actor.save().version, version);
      actor.stop();
    }
    for (const { state } of /** @type {import("fhir-solicit").Saved[]} */ (snapshot.saved)) {
      const resumed = await solicit.resume(state, { transport: silent });
      resumed.stop();
    }
  }
});

test("one that cannot be saved lets none go on", async () => {
  const { asking, inbox } = await two();
  const saved = stored(solicit.snapshot({ asking, inbox }));
  for (const actor of [asking, inbox]) actor.stop();
  let isStopped = false;
  const options = (/** @type {string} */ id) => ({
    transport: (/** @type {unknown} */ _, /** @type {AbortSignal} */ signal) => {
      signal.addEventListener("abort", () => (isStopped = true));
      return new Promise(() => {});
    },
    save: () => (id === "inbox" ? Promise.reject(new Error("quota")) : undefined),
  });
  await assert.rejects(solicit.restoreAll(saved, /** @type {any} */ (options)), { kind: "save" });
  assert(isStopped);
});

/** What any `Store` has to keep to. @type {[string, () => import("fhir-solicit").Store][]} */
const stores = [["memory", () => memoryStore()]];
for (const [name, open] of stores) {
  test(`a store of ${name} gives what was saved last, and lets the rest alone`, async () => {
    const store = open();
    assert.equal(await store.load(), undefined);
    const { asking, inbox } = await two();
    await store.save("asking", asking.save());
    await store.save("inbox", inbox.save());
    await store.save("inbox", { ...inbox.save() });
    const loaded = await store.load();
    assert(loaded);
    assert.deepEqual(loaded.saved, [
      { id: "asking", state: asking.save() },
      { id: "inbox", state: inbox.save() },
    ]);
    // What is given out is nobody else's.
    loaded.saved.length = 0;
    assert.equal((await store.load())?.saved.length, 2);
    const { actors } = await solicit.restoreAll(await store.load(), (id) => ({
      transport: silent,
      save: (state) => store.save(id, state),
    }));
    assert.deepEqual((await store.load())?.saved[0], { id: "asking", state: actors.asking?.save() });
    await store.save("asking", undefined);
    assert.equal((await store.load())?.saved.length, 1);
    for (const actor of [asking, inbox, ...Object.values(actors)]) actor.stop();
  });
}

test("a store in memory keeps what it cannot read", async () => {
  const strange = ["nonsense", { id: "later", state: { actor: "auctioneer" } }];
  const store = memoryStore({ format: "fhir-solicit", version: 1, saved: strange });
  const { asking, inbox } = await two();
  await store.save("asking", asking.save());
  assert.deepEqual((await store.load())?.saved.slice(0, 2), strange);
  for (const actor of [asking, inbox]) actor.stop();
});
