// @ts-check
/** What repeating a server has to bear: servers here are doubles that fail on cue, counted by a clock of the test. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Governor } from "fhir-solicit";
import { request, solicit } from "./desks.mjs";
import { Hands, settled } from "./hands.mjs";

const servers = { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" };
const start = /** @type {const} */ ({ request, variant: "with-task", servers });
const SECOND = 1000;
const EMPTY = JSON.stringify({ resourceType: "Bundle", type: "searchset" });

/**
 * Servers that store what is created and find nothing, as long as they are well.
 * @param {Hands} clock
 * @param {(server: string) => Record<string, string> | undefined} unwell the headers of a 503; `undefined` where well
 */
function doubles(clock, unwell) {
  let stored = 0;
  /** @type {{ at: number, server: string, url: string }[]} */
  const asked = [];
  /** @type {import("fhir-solicit").Transport} */
  const transport = async ({ server, url, body }) => {
    asked.push({ at: clock.time, server, url });
    await new Promise(setImmediate);
    const headers = unwell(server);
    if (headers) return { status: 503, headers, body: "" };
    if (url.includes("?")) return { status: 200, headers: {}, body: EMPTY };
    return {
      status: 201,
      headers: {},
      body: JSON.stringify({ ...JSON.parse(body ?? "{}"), id: `${++stored}` }),
    };
  };
  return { asked, transport, stored: () => stored };
}

/**
 * So many that ask.
 * @param {number} count @param {Partial<import("fhir-solicit").RequesterOptions>} options
 */
async function open(count, options) {
  const all = await Promise.all(
    Array.from({ length: count }, () => solicit.requester({ ...start, ...options })),
  );
  await settled();
  return all;
}

test("r81: a hundred exchanges do not repeat more than the budget of their server, and none is lost", async () => {
  const clock = new Hands();
  let down = true;
  const { asked, transport, stored } = doubles(clock, () => (down ? {} : undefined));
  const all = await open(100, { transport, clock });
  assert.equal(asked.length, 100, "a first try waits for nothing");
  for (const seconds of [1, 10, 60]) {
    await clock.pass(seconds * SECOND);
    const passed = (clock.time - Date.parse("2026-01-01T00:00:00Z")) / SECOND;
    const most = 100 + 10 + 10 + passed;
    assert(asked.length <= most, `${asked.length} requests in ${passed} s`);
    assert(
      asked.length >= most - 12,
      `${asked.length} requests in ${passed} s: what there is room for is sent`,
    );
  }
  down = false;
  // One after the other, as fast as it answers; nobody's own wait was longer than half a minute yet.
  await clock.pass(30 * SECOND);
  for (let turn = 0; turn < 10; turn++) await settled();
  assert.equal(stored(), 200, "a server that answers again has all of them: requests and Tasks");
  for (const one of all) one.stop();
  assert.equal(clock.timers.length, 0);
});

test("r81: one exchange alone is not slowed", async () => {
  const clock = new Hands();
  const { asked, transport } = doubles(clock, () => ({}));
  // Each time the wait that its machine has chosen, and not a moment more.
  const [asking] = await open(1, { transport, clock });
  for (let tries = 1; tries < 8; tries++) {
    assert.equal(asked.length, tries);
    const before = clock.time;
    assert.equal(clock.timers.length, 1);
    const due = /** @type {any} */ (clock.timers[0]).at;
    await clock.next();
    assert.equal(asked.length, tries + 1);
    assert.equal(asked.at(-1)?.at, Math.max(before, due));
  }
  asking?.stop();
});

test("r81: what one is asked to wait is heeded by all at that origin, and nowhere else", async () => {
  const clock = new Hands();
  const at = async (/** @type {string} */ home, /** @type {Record<string, string>} */ headers) => {
    const server = doubles(clock, () => headers);
    const all = await open(2, { transport: server.transport, clock, servers: { ...servers, home } });
    return { ...server, all };
  };
  const here = await at("https://payer.example/fhir", {});
  const elsewhere = await at("https://payer.example:8443/fhir", {});
  await clock.pass(20 * SECOND);
  const before = here.asked.length;
  assert(before > 6, "they repeat");
  const told = await at("https://payer.example/another", { "retry-after": "600" });
  await clock.pass(590 * SECOND);
  assert.deepEqual([here.asked.length, told.asked.length], [before, 2]);
  assert.equal(elsewhere.asked.length, 16, "eight tries each");
  await clock.pass(100 * SECOND);
  assert(here.asked.length > before && told.asked.length > 2, "then they go on");
  for (const { all } of [here, elsewhere, told]) for (const one of all) one.stop();
  assert.equal(clock.timers.length, 0);
});

test("r81: one that is stopped while it waits gives its place away", async () => {
  const clock = new Hands();
  const { asked, transport } = doubles(clock, () => ({ "retry-after": "600" }));
  const [first, second] = await open(2, { transport, clock });
  // Another answer makes the wait of all longer than the machines know of.
  await clock.pass(300 * SECOND);
  const [third] = await open(1, { transport, clock });
  await clock.pass(350 * SECOND);
  assert.equal(asked.length, 3, "both are due by their machines, and wait");
  first?.stop();
  third?.stop();
  await clock.pass(300 * SECOND);
  assert.equal(asked.length, 4, "of the second alone");
  second?.stop();
  assert.equal(clock.timers.length, 0);
});

test("r81: what is asked for several together is one repeat", async () => {
  const clock = new Hands();
  let down = false;
  const { asked, transport } = doubles(clock, () => (down ? {} : undefined));
  const all = await open(40, { transport, clock, governor: new Governor() });
  down = true;
  asked.length = 0;
  while (asked.length === 0) await clock.next();
  // The tab sleeps for longer than any machine would have waited.
  clock.time += 60 * SECOND;
  asked.length = 0;
  await clock.next();
  assert.deepEqual(
    asked.map(({ url }) => url.split("=")[0]),
    ["Task?_id"],
  );
  for (const one of all) one.stop();
});

test("r81: a first try is not held back", async () => {
  const clock = new Hands();
  const { asked, transport } = doubles(clock, () => ({ "retry-after": "600" }));
  const all = [...(await open(3, { transport, clock })), ...(await open(3, { transport, clock }))];
  assert.equal(asked.length, 6);
  await all[0]?.retry();
  await settled();
  assert.equal(asked.length, 7, "nor is somebody who says: now");
  for (const one of all) one.stop();
});
