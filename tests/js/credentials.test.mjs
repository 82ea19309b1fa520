// @ts-check
/** Tokens of clients that sign in: to whom they go, and what happens when one is refused (R92). */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fetchTransport,
  medplumCredentials,
  noCredentials,
  smartCredentials,
  staticCredentials,
} from "fhir-solicit";
import { request, solicit } from "./desks.mjs";

const HOME = "https://home.example/fhir";
const servers = { home: HOME, partner: "https://partner.example/fhir", other: "https://home.example/fhirs" };
const never = new AbortController().signal;

/** @param {string} server @returns {import("fhir-solicit").HttpRequest} */
const ask = (server) => ({ server, method: "GET", url: "Task/7", headers: {} });

/** A `fetch` that answers 401 to all but the tokens that are good, and keeps who showed what. */
function guard(/** @type {string[]} */ good) {
  /** @type {(string | null)[][]} */
  const seen = [];
  const fetch = async (/** @type {unknown} */ url, /** @type {RequestInit} */ init = {}) => {
    const shown = new Headers(init.headers).get("authorization");
    seen.push([String(url), shown]);
    return new Response("{}", { status: good.some((one) => shown === `Bearer ${one}`) ? 200 : 401 });
  };
  return { seen, fetch };
}

function clients() {
  let refreshes = 0;
  const tokenResponse = { access_token: "old" };
  const renew = async () => {
    refreshes++;
    await new Promise((done) => setTimeout(done));
    tokenResponse.access_token = "new";
  };
  const smart = smartCredentials({
    state: { serverUrl: `${HOME}/`, tokenResponse },
    refreshIfNeeded: async () => assert.fail("offline"),
    refresh: renew,
  });
  const medplum = medplumCredentials({
    getBaseUrl: () => `${HOME}/`,
    getAccessToken: () => tokenResponse.access_token,
    refreshIfExpired: async (grace = 0) => (grace > 0 ? renew() : undefined),
  });
  return { smart, medplum, refreshes: () => refreshes };
}

for (const name of /** @type {const} */ (["smart", "medplum"])) {
  test(`r92_${name}_refreshes_once_for_all_that_wait_and_repeats_each_once`, async () => {
    const made = clients();
    const { seen, fetch } = guard(["new"]);
    // Each machine has a transport of its own.
    const sends = Array.from({ length: 6 }, () => fetchTransport({ servers, fetch, ...made[name] }));
    /** @type {unknown[]} */
    const traffic = [];
    const watched = fetchTransport({ servers, fetch, ...made[name], onTraffic: (one) => traffic.push(one) });
    const answers = await Promise.all([...sends, watched].map((send) => send(ask("home"), never)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.deepEqual([made.refreshes(), seen.length], [1, 14]);
    await new Promise((done) => setTimeout(done));
    assert.equal(traffic.length, 1);
    assert.doesNotMatch(JSON.stringify(traffic), /Bearer|"new"|"old"/);
  });

  test(`r92_${name}_gives_its_token_to_its_own_server_alone`, async () => {
    const made = clients();
    const { seen, fetch } = guard(["old"]);
    const send = fetchTransport({ servers, fetch, ...made[name] });
    for (const server of Object.keys(servers)) await send(ask(server), never);
    assert.deepEqual(
      seen.map(([, shown]) => shown),
      ["Bearer old", null, null],
    );
    assert.equal(made.refreshes(), 0);
  });
}

test("r92_a_401_stands_where_the_new_token_is_refused_too_or_there_is_none", async () => {
  const made = clients();
  const strict = guard([]);
  const answer = await fetchTransport({ servers, fetch: strict.fetch, ...made.smart })(ask("home"), never);
  assert.deepEqual([answer.status, answer.body, strict.seen.length, made.refreshes()], [401, "{}", 2, 1]);

  const failing = guard([]);
  const send = fetchTransport({
    servers,
    fetch: failing.fetch,
    credentials: () => "old",
    onUnauthorized: () => {
      throw new Error("the session is over");
    },
  });
  assert.equal((await send(ask("home"), never)).status, 401);
  assert.equal(failing.seen.length, 1);
});

test("r92_static_tokens_go_beneath_their_url_and_none_go_nowhere", async () => {
  const { seen, fetch } = guard([]);
  const fixed = staticCredentials({ "https://home.example": "wide", [HOME]: "near" });
  for (const credentials of [fixed, noCredentials]) {
    const send = fetchTransport({ servers, fetch, ...credentials });
    for (const server of Object.keys(servers)) await send(ask(server), never);
  }
  assert.deepEqual(
    seen.map(([, shown]) => shown),
    ["Bearer near", null, "Bearer wide", null, null, null],
  );
});

test("r92_an_exchange_whose_tokens_are_refused_stands_still_and_says_no_token_anywhere", async () => {
  const tokenResponse = { access_token: "first-secret" };
  const client = {
    state: { serverUrl: HOME, tokenResponse },
    refresh: async () => {
      tokenResponse.access_token = "second-secret";
    },
  };
  const { seen, fetch } = guard([]);
  /** @type {unknown[]} */
  const told = [];
  const asking = await solicit.requester({
    request,
    variant: "with-task",
    servers: { home: HOME, partner: "https://partner.example/fhir" },
    ...smartCredentials(client),
    fetch,
    save: (state) => void told.push(state),
    audit: (entry) => told.push(entry),
    onTraffic: (traffic) => told.push(traffic),
  });
  for await (const news of asking.updates()) {
    told.push(news);
    if (news.update === "fault" && news.stalled) break;
  }
  told.push(asking.save(), asking.solicitation);
  asking.stop();
  assert.deepEqual(
    seen.map(([, shown]) => shown),
    ["Bearer first-secret", "Bearer second-secret"],
  );
  assert(told.length > 3);
  assert.doesNotMatch(JSON.stringify(told), /secret/);
});
