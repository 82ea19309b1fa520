// @ts-check
/** The transport: where requests go, what goes with them, and when it gives up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchTransport } from "fhir-solicit";
import { listen } from "./listen.mjs";

const never = new AbortController().signal;
const HOME = "https://home.example/fhir";

/** @param {string} url @param {string} [server] @returns {import("fhir-solicit").HttpRequest} */
const get = (url, server = "home") => ({ server, method: "GET", url, headers: { accept: "x" } });

/** A `fetch` that answers 200 and keeps what it was asked. */
function recorder() {
  /** @type {{ url: string, init: RequestInit }[]} */
  const asked = [];
  const fetch = async (/** @type {unknown} */ url, /** @type {RequestInit} */ init = {}) => {
    asked.push({ url: String(url), init });
    return new Response("{}", { headers: { ETag: 'W/"1"' } });
  };
  return { asked, fetch };
}

test("a bearer goes to the base it belongs to and nowhere else", async () => {
  const { asked, fetch } = recorder();
  const servers = {
    home: `${HOME}/`,
    partner: "https://partner.example/r4",
    public: "https://public.example",
  };
  /** @type {unknown[]} */
  const bases = [];
  const credentials = (/** @type {string} */ server, /** @type {string} */ base) => {
    bases.push(base);
    return server === "public" ? undefined : `for-${server}`;
  };
  const send = fetchTransport({ servers, credentials, fetch });
  for (const server of Object.keys(servers)) await send(get("Task/7", server), never);

  const seen = asked.map(({ url, init }) => [url, new Headers(init.headers).get("authorization")]);
  assert.deepEqual(seen, [
    [`${HOME}/Task/7`, "Bearer for-home"],
    ["https://partner.example/r4/Task/7", "Bearer for-partner"],
    ["https://public.example/Task/7", null],
  ]);
  assert.deepEqual(bases, [HOME, "https://partner.example/r4", "https://public.example"]);
  const { redirect, cache, credentials: cookies, referrerPolicy } = asked[0]?.init ?? {};
  assert.deepEqual([redirect, cache, cookies, referrerPolicy], ["error", "no-store", "omit", "no-referrer"]);
});

test("nothing leads out of a base", async () => {
  const { asked, fetch } = recorder();
  let tokens = 0;
  const send = fetchTransport({
    servers: { home: HOME },
    fetch,
    credentials: () => `${tokens++}`,
  });
  const outside = ["../admin", "Task/../../admin", "%2e%2e/admin", "..\\admin", "/../.."];
  for (const url of outside) {
    await assert.rejects(send(get(url), never), { name: "SolicitError", kind: "server" }, url);
  }
  for (const server of ["partner", "toString", "__proto__"]) {
    await assert.rejects(send(get("Task", server), never), { kind: "missing-server" }, server);
  }
  assert.deepEqual([asked.length, tokens], [0, 0]);
  // These stay inside, however they look.
  for (const url of [
    "https://evil.example/x",
    "//evil.example",
    "@evil.example",
    "Task?x=../..",
    "?_page=2",
  ]) {
    await send(get(url), never);
  }
  for (const { url } of asked) assert(url.startsWith(`${HOME}/`) || url === `${HOME}?_page=2`, url);
});

test("what comes back, and what the traffic hook is told", async () => {
  const { fetch } = recorder();
  /** @type {import("fhir-solicit").Traffic[]} */
  const seen = [];
  const send = fetchTransport({
    servers: { home: HOME },
    fetch,
    credentials: () => "secret",
    onTraffic: (traffic) => void seen.push(traffic),
  });
  const answer = await send(get("Task"), never);
  assert.equal(answer.headers.etag, 'W/"1"');
  assert.deepEqual([answer.status, answer.body], [200, "{}"]);
  assert.deepEqual(seen[0]?.request, get("Task"));
  assert.deepEqual(seen[0]?.response, answer);
  assert(!JSON.stringify(seen).includes("secret"));
});

test("a credential that cannot be had counts as the server's 401", async () => {
  const { asked, fetch } = recorder();
  const credentials = () => Promise.reject(new Error("the refresh token has expired"));
  const send = fetchTransport({ servers: { home: HOME }, fetch, credentials });
  assert.equal((await send(get("Task"), never)).status, 401);
  assert.equal(asked.length, 0);
});

test("gives up after the time-out, when aborted, and at a redirect", async (t) => {
  let redirected = 0;
  const origin = await listen(t, (request, response) => {
    if (request.url === "/fhir/moved") response.writeHead(302, { location: "/elsewhere" }).end();
    else if (request.url === "/elsewhere") redirected += 1;
    else if (request.url === "/fhir/slow-body") response.write("{");
  });
  const servers = { home: `${origin}/fhir` };

  const send = fetchTransport({ servers, timeout: 100 });
  for (const url of ["silent", "slow-body"])
    await assert.rejects(send(get(url), never), { name: "AbortError" });
  await assert.rejects(send(get("moved"), never));
  assert.equal(redirected, 0);
  const patient = fetchTransport({ servers });
  const abort = new AbortController();
  const waiting = patient(get("silent"), abort.signal);
  // Whatever the app aborts with stays with the app.
  abort.abort("Chalmers has left");
  await assert.rejects(waiting, (error) => !String(error).includes("Chalmers"));
  await assert.rejects(patient(get("silent"), abort.signal), { name: "AbortError" });
});
