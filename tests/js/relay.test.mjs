// @ts-check
/** The relay: what a FHIR server says reaches the page, and nobody else hears or says anything. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import { listen } from "../../examples/relay/listen.mjs";
import { relay } from "../../examples/relay/relay.mjs";
import { payerSide, providerSide, request, solicit, until } from "./desks.mjs";
import { world } from "./world.mjs";

const payer = { hook: "hook-".padEnd(40, "0"), feed: "feed-".padEnd(40, "0") };
const other = { hook: "other-hook-".padEnd(40, "0"), feed: "other-feed-".padEnd(40, "0") };
const json = { "content-type": "application/fhir+json" };

/** @param {string} secret */
const shows = (secret) => ({ authorization: `Bearer ${secret}` });

/** @param {import("node:test").TestContext} t */
async function running(t) {
  const app = relay({ subscribers: { payer, other }, origins: ["https://page.example"] });
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  t.after(() => server.close());
  t.after(() => "closeAllConnections" in server && server.closeAllConnections());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}`;
}

/** Whoever listens, as a subscriber would. */
class Heard {
  /** @type {string[]} */
  all = [];
  wake = () => {};
  ingestNotification = async (/** @type {string} */ text) => {
    this.all.push(text);
    this.wake();
  };
  /** @param {number} count */
  async until(count) {
    while (this.all.length < count) {
      await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
        this.wake = resolve;
      });
    }
  }
}

test("what is POSTed reaches every page of its subscriber, and no other", async (t) => {
  const url = await running(t);
  const stop = new AbortController();
  t.after(() => stop.abort());
  const [one, two, foreign] = [new Heard(), new Heard(), new Heard()];
  for (const [heard, name, { feed }] of /** @type {const} */ ([
    [one, "payer", payer],
    [two, "payer", payer],
    [foreign, "other", other],
  ])) {
    await listen(heard, { url: `${url}/feed/${name}`, secret: feed, signal: stop.signal });
  }
  const body = '{\n  "resourceType": "Bundle"\n}';
  const sent = await fetch(`${url}/in/payer`, {
    method: "POST",
    headers: { ...json, ...shows(payer.hook) },
    body,
  });
  assert.equal(sent.status, 204);
  await Promise.all([one.until(1), two.until(1)]);
  await fetch(`${url}/in/other`, { method: "POST", headers: { ...json, ...shows(other.hook) }, body: "{}" });
  await foreign.until(1);
  assert.deepEqual([one.all, two.all, foreign.all], [[body], [body], ["{}"]]);
});

test("nobody gets in with the secret of another, of the other side, or none", async (t) => {
  const url = await running(t);
  const post = (/** @type {string} */ name, /** @type {Record<string, string>} */ headers) =>
    fetch(`${url}/in/${name}`, { method: "POST", headers: { ...json, ...headers }, body: "{}" });
  for (const [name, headers] of /** @type {const} */ ([
    ["payer", {}],
    ["payer", shows(other.hook)],
    ["payer", shows(payer.feed)],
    ["payer", shows("x")],
    ["nobody", shows(payer.hook)],
    ["__proto__", shows("undefined")],
    ["constructor", shows("")],
  ])) {
    assert((await post(name, headers)).status >= 400, `${name} ${JSON.stringify(headers)}`);
  }
  for (const secret of [payer.hook, other.feed, "x"]) {
    assert.equal((await fetch(`${url}/feed/payer`, { headers: shows(secret) })).status, 401);
  }
});

test("what is too large or no FHIR is refused", async (t) => {
  const url = await running(t);
  const post = async (/** @type {Record<string, string>} */ headers, /** @type {string} */ body) =>
    (await fetch(`${url}/in/payer`, { method: "POST", headers: { ...shows(payer.hook), ...headers }, body }))
      .status;
  assert.equal(await post({ "content-type": "text/plain" }, "{}"), 415);
  assert.equal(await post(json, "{}"), 204, "nobody listens, and that is no fault of the server's");
  // At last, for it closes the connection.
  assert.equal(await post(json, "x".repeat((1 << 20) + 1)), 413);
});

test("a page of another origin may not listen", async (t) => {
  const url = await running(t);
  const allowed = async (/** @type {string} */ origin) => {
    const headers = { origin, "access-control-request-method": "GET" };
    return (await fetch(`${url}/feed/payer`, { method: "OPTIONS", headers })).headers.get(
      "access-control-allow-origin",
    );
  };
  assert.equal(await allowed("https://page.example"), "https://page.example");
  assert.equal(await allowed("https://evil.example"), null);
});

test("from the server by way of the relay to the exchange: it looks at once", async (t) => {
  const url = await running(t);
  const it = await world(t);
  await it.provider.control("POST", "subscriptions");
  const stop = new AbortController();
  t.after(() => stop.abort());
  // The exchange would look after a minute; by this clock it never does of itself.
  const cadence = /** @type {const} */ ({ cadence: "cdex" });
  const asking = await solicit.requester({ ...payerSide(it), cadence, clock, request, variant: "with-task" });
  await until(asking.updates(), "state", ({ solicitation }) => solicitation.state === "sent");
  const channel = { endpoint: `${url}/in/payer`, header: [`Authorization: Bearer ${payer.hook}`] };
  const subscriber = await solicit.subscriber({
    ...payerSide(it),
    server: "partner",
    subscription: { channel: { type: "rest-hook", ...channel } },
  });
  subscriber.share(asking);
  await listen(subscriber, { url: `${url}/feed/payer`, secret: payer.feed, signal: stop.signal });

  const carrying = carry(it.provider, stop.signal);
  t.after(() => carrying);
  await until(subscriber.updates(), "subscription", ({ watching }) => watching.phase === "active");
  const inbox = await solicit.inbox(providerSide(it));
  const answering = await inbox.answer(await until(inbox.updates(), "arrived"));
  t.after(() => answering.stop());
  await answering.accept();
  await until(asking.updates(), "state", ({ solicitation }) => solicitation.state === "accepted");
  stop.abort();
});

/** A clock that forgets whoever would wait for longer than half a minute. */
const clock = {
  now: () => Date.now(),
  setTimeout: (/** @type {() => void} */ ring, /** @type {number} */ wait) =>
    wait < 30_000 ? setTimeout(ring, wait) : undefined,
  clearTimeout: (/** @type {unknown} */ timer) => clearTimeout(/** @type {NodeJS.Timeout} */ (timer)),
};

/**
 * Does what the simulated server leaves to others: POSTs what it has to say.
 * @param {import("./world.mjs").Peer} server @param {AbortSignal} signal
 */
async function carry(server, signal) {
  while (!signal.aborted) {
    for (const { via, body } of await server.control("GET", "notifications")) {
      const { endpoint, header } = via["rest-hook"];
      const headers = Object.fromEntries(header.map((/** @type {string} */ line) => line.split(/:\s*/, 2)));
      const response = await fetch(endpoint, { method: "POST", headers: { ...json, ...headers }, body });
      assert.equal(response.status, 204);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
