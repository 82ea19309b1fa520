// @ts-check
/** What the driver does with time and faults: servers here are doubles, for only doubles fail on cue. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SolicitError } from "fhir-solicit";
import { request, solicit, until } from "./desks.mjs";
import { Hands, settled } from "./hands.mjs";

const servers = { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" };
const start = /** @type {const} */ ({ request, variant: "with-task", servers });

/**
 * A server that stores whatever is created and finds nothing.
 * @param {import("fhir-solicit").HttpRequest[]} sent what was asked of it
 * @returns {import("fhir-solicit").Transport}
 */
const stores = (sent) => async (request) => {
  sent.push(request);
  await new Promise(setImmediate);
  if (request.url.includes("?")) {
    return { status: 200, headers: {}, body: JSON.stringify({ resourceType: "Bundle", type: "searchset" }) };
  }
  if (request.method === "GET") {
    const [, created] = sent;
    return { status: 200, headers: { etag: 'W/"1"' }, body: named(created?.body, request.url.split("/")[1]) };
  }
  return { status: 201, headers: { etag: 'W/"1"' }, body: named(request.body, `${sent.length}`) };
};

/** @param {string | undefined} body @param {string | undefined} id */
const named = (body, id) => JSON.stringify({ ...JSON.parse(body ?? "{}"), id });

test("one timer, and the guide's patience", async () => {
  /** @type {import("fhir-solicit").HttpRequest[]} */
  const sent = [];
  const clock = new Hands();
  const asking = await solicit.requester({ ...start, transport: stores(sent), clock });
  await settled();
  assert.deepEqual(
    sent.map(({ method, server, url }) => `${method} ${server} ${url}`),
    ["POST home CommunicationRequest", "POST partner Task"],
  );
  const begun = clock.time;
  for (const [minutes, most] of /** @type {const} */ ([
    [1, 1.1],
    [6, 6.7],
    [11, 12.3],
  ])) {
    assert.equal(clock.timers.length, 1);
    await clock.next();
    const passed = (clock.time - begun) / 60_000;
    assert(passed >= minutes && passed <= most, `${passed} minutes`);
  }
  assert.equal(sent.filter(({ method }) => method === "GET").length, 3);
  asking.stop();
  assert.equal(clock.timers.length, 0);
});

test("a wait longer than setTimeout can wait is divided", async () => {
  const clock = new Hands();
  const cadence = /** @type {const} */ ({ cadence: "custom", seconds: 60 * 86_400 });
  const asking = await solicit.requester({ ...start, cadence, transport: stores([]), clock });
  await settled();
  const begun = clock.time;
  assert.equal(clock.waits.at(-1), 2 ** 31 - 1);
  await clock.next();
  await clock.next();
  assert.equal(clock.waits.filter((wait) => wait > 2 ** 31 - 1).length, 0);
  await clock.next();
  const days = (clock.time - begun) / 86_400_000;
  assert(days >= 60 && days <= 66, `${days} days`);
  asking.stop();
});

test("answers come back in the order in which they came, one at a time", async () => {
  let saving = 0;
  const save = async () => {
    assert.equal(++saving, 1);
    await settled();
    saving -= 1;
  };
  const asking = await solicit.requester({ ...start, transport: stores([]), clock: new Hands(), save });
  const acts = [asking.retry(), asking.notified(), asking.retry()];
  await Promise.all(acts);
  asking.stop();
});

test("nothing is sent before it is saved", async () => {
  /** @type {import("fhir-solicit").HttpRequest[]} */
  const sent = [];
  const transport = stores(sent);
  const full = new Error("QuotaExceededError");
  await assert.rejects(
    solicit.requester({ ...start, transport, save: () => Promise.reject(full) }),
    (error) => error instanceof SolicitError && error.kind === "save" && error.cause === full,
  );
  assert.equal(sent.length, 0);

  // An answer whose state cannot be saved waits for the store, and is not asked for again.
  let works = true;
  const clock = new Hands();
  const save = () => {
    if (!works) throw full;
  };
  const asking = await solicit.requester({ ...start, transport, clock, save });
  works = false;
  const { error } = await until(asking.updates(), "error");
  assert.equal(error.kind, "save");
  assert.deepEqual(
    sent.map(({ url }) => url),
    ["CommunicationRequest"],
  );
  const before = JSON.stringify(asking.save());
  await assert.rejects(asking.retry(), { kind: "save" });
  await assert.rejects(asking.cancel("enough"), { kind: "save" });
  assert.equal(JSON.stringify(asking.save()), before);
  works = true;
  await asking.retry();
  await settled();
  assert.deepEqual(
    sent.map(({ url }) => url),
    ["CommunicationRequest", "Task"],
  );
  assert.equal(asking.solicitation.state, "sent");
  asking.stop();
});

test("a refusal leaves no trace", async () => {
  const asking = await solicit.requester({ ...start, transport: stores([]), clock: new Hands() });
  await settled();
  const before = asking.save();
  await assert.rejects(asking.close(), { name: "SolicitError", kind: "not-now" });
  await assert.rejects(asking.cancel(""), { kind: "reason-required" });
  await assert.rejects(asking.cancel(/** @type {any} */ (7)), { kind: "argument" });
  assert.equal(asking.save(), before);
  asking.stop();
  const byTaskOnly = /** @type {const} */ ({ guide: "cdex-2.1.0", variant: "without-task" });
  await assert.rejects(solicit.requester({ ...start, ...byTaskOnly }), { kind: "guide" });
  await assert.rejects(solicit.requester({ ...start, request: "{" }), { kind: "argument" });
  await assert.rejects(solicit.requester({ ...start, request: new Uint8Array([255]) }), { kind: "argument" });
  await assert.rejects(solicit.resume({ actor: "inbox" }), { kind: "snapshot" });
  await assert.rejects(solicit.resume(/** @type {any} */ (null)), { kind: "snapshot" });
});

test("every reader gets everything from where it began", async () => {
  const transport = stores([]);
  const asking = await solicit.requester({ ...start, transport, clock: new Hands() });
  const [one, two] = [asking.updates(), asking.updates()];
  await settled();
  const late = asking.updates();
  asking.stop();
  const states = async (/** @type {AsyncIterable<any>} */ updates) => {
    const found = [];
    for await (const news of updates) found.push(news.solicitation.state);
    return found;
  };
  assert.deepEqual(await states(one), ["sending", "sent"]);
  assert.deepEqual(await states(two), ["sending", "sent"]);
  assert.deepEqual(await states(late), ["sent"]);
  assert.deepEqual(await states(asking.updates()), ["sent"]);
});

test("what nobody was there to read waits for the first who comes", async () => {
  const transport = () => Promise.reject(new TypeError("fetch failed"));
  const asking = await solicit.requester({ ...start, transport, clock: new Hands() });
  await settled();
  const { fault } = await until(asking.updates(), "fault");
  assert.equal(fault.kind, "network");
  asking.stop();
});

test("what waits for a reader does not grow for ever, and no request that arrived is dropped", async () => {
  const clock = new Hands();
  const refuses = () => Promise.reject(new SolicitError("missing-server", "no base URL"));
  const task = (/** @type {number} */ id) => ({
    resourceType: "Task",
    id: `${id}`,
    status: "requested",
    intent: "order",
    code: { coding: [{ system: "http://hl7.org/fhir/CodeSystem/task-code", code: "fulfill" }] },
    focus: { reference: `${servers.partner}/CommunicationRequest/${id}` },
  });
  let works = true;
  /** @type {import("fhir-solicit").Transport} */
  const transport = async ({ url }) => {
    if (!works) return refuses();
    const entry = url.startsWith("Task?")
      ? Array.from({ length: 120 }, (_, at) => ({ resource: task(at) }))
      : [];
    return {
      status: 200,
      headers: {},
      body: JSON.stringify({ resourceType: "Bundle", type: "searchset", entry }),
    };
  };
  const inbox = await solicit.inbox({ servers, transport, clock });
  await settled();
  works = false;
  await inbox.look();
  for (let turn = 0; turn < 130; turn++) {
    await settled();
    await inbox.retry();
  }
  await settled();
  const reading = inbox.updates();
  inbox.stop();
  /** @type {import("fhir-solicit").News[]} */
  const all = [];
  for await (const news of reading) all.push(news);
  const count = (/** @type {string} */ update) => all.filter((news) => news.update === update).length;
  assert.equal(count("arrived"), 120);
  assert.equal(all.length, 120 + 1 + 100);
  const [first] = all;
  assert.match(first?.update === "notice" ? first.text : "", /^\d+ older reports were dropped/);
  assert(Number.parseInt(first?.update === "notice" ? first.text : "", 10) >= 30);
});

test("stopped by a signal: requests are aborted, readers end, acts are refused", async () => {
  const abort = new AbortController();
  let aborted = 0;
  /** @type {import("fhir-solicit").Transport} */
  const transport = (_, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        aborted += 1;
        reject(signal.reason);
      });
    });
  const clock = new Hands();
  const asking = await solicit.requester({ ...start, transport, clock, signal: abort.signal });
  const reading = (async () => {
    for await (const _ of asking.updates());
  })();
  // One reader may leave without disturbing the machine.
  const leave = new AbortController();
  const left = asking.updates({ signal: leave.signal });
  await left.next();
  const pending = left.next();
  leave.abort();
  assert.equal((await pending).done, true);
  abort.abort();
  await reading;
  assert.equal((await asking.finished).state, "sending");
  assert.equal(aborted, 1);
  await assert.rejects(asking.look(), { kind: "stopped" });
  await assert.rejects(solicit.requester({ ...start, signal: abort.signal }), { kind: "stopped" });
  // Whoever goes on looks whether what was under way arrived, and repeats it if not.
  /** @type {import("fhir-solicit").HttpRequest[]} */
  const sent = [];
  const again = await solicit.resume(asking.save(), { transport: stores(sent), clock });
  await settled();
  assert.deepEqual(
    sent.map(({ method, url }) => `${method} ${url.split("?")[0]}`),
    ["GET CommunicationRequest", "POST CommunicationRequest", "POST Task"],
  );
  again.stop();
});

test("a transport that refuses says so, and the request waits", async () => {
  const transport = () => Promise.reject(new SolicitError("missing-server", "no base URL"));
  const asking = await solicit.requester({ ...start, transport, clock: new Hands() });
  const updates = asking.updates();
  assert.equal((await until(updates, "error")).error.kind, "missing-server");
  asking.stop();
});

test("coming back to the page looks for what was missed", async (t) => {
  const page = Object.assign(new EventTarget(), { visibilityState: "hidden" });
  const scope = new EventTarget();
  const globals = /** @type {any} */ (globalThis);
  globals.document = page;
  globals.addEventListener = scope.addEventListener.bind(scope);
  globals.removeEventListener = scope.removeEventListener.bind(scope);
  t.after(() => {
    for (const name of ["document", "addEventListener", "removeEventListener"]) delete globals[name];
  });
  /** @type {import("fhir-solicit").HttpRequest[]} */
  const sent = [];
  const clock = new Hands();
  const asking = await solicit.requester({ ...start, transport: stores(sent), clock });
  await settled();
  const looks = () => sent.filter(({ method }) => method === "GET").length;
  const dispatch = async (/** @type {EventTarget} */ target, /** @type {string} */ name) => {
    target.dispatchEvent(new Event(name));
    await settled();
    return looks();
  };
  assert.equal(await dispatch(scope, "online"), 0, "too early");
  // The tab slept: time has passed, no timer rang.
  clock.time += 3_600_000;
  assert.equal(await dispatch(page, "visibilitychange"), 0, "still hidden");
  page.visibilityState = "visible";
  assert.equal(await dispatch(page, "visibilitychange"), 1);
  clock.time += 86_400_000;
  assert.equal(await dispatch(scope, "pageshow"), 2);
  asking.stop();
  clock.time += 86_400_000;
  assert.equal(await dispatch(scope, "online"), 2, "stopped");
});

test("saved states are plain data", async () => {
  const asking = await solicit.requester({ ...start, transport: stores([]), clock: new Hands() });
  await settled();
  const saved = asking.save();
  assert.deepEqual(structuredClone(saved), saved);
  assert.deepEqual(JSON.parse(JSON.stringify(saved)), saved);
  asking.stop();
});

test("what wasm throws becomes one error", () => {
  const panic = new Error("fhir-solicit has a defect at desk.rs:1:1");
  const { kind, message, cause } = SolicitError.from(panic);
  assert.deepEqual([kind, message, cause], ["internal", panic.message, panic]);
  assert.equal(SolicitError.from({ kind: "not-now", message: "wait" }).kind, "not-now");
});
