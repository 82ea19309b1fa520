// @ts-check
/**
 * Hostile answers, from `tests/hostile/vectors.json`, to the package in a real browser: servers of ours count every
 * credential that reaches somebody whom it is not for (R97, R98). `core/tests/hostile.rs` does the same natively.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { listen } from "../js/listen.mjs";
import { ROOT } from "../setup/run.mjs";
import { browse, serve } from "./browser.mjs";

/**
 * @typedef {import("node:test").TestContext} TestContext
 * @typedef {{ server: string, method: string, path: string, status?: number, headers?: Record<string, string>,
 *   echo?: string, raw?: string, body?: object }} Answer
 * @typedef {{ method: string, path: string, headers: import("node:http").IncomingHttpHeaders }} Seen
 */

/** @type {{ usual: Answer[], vectors: { name: string, answers: Answer[] }[] }} */
const { usual, vectors } = JSON.parse(readFileSync(`${ROOT}tests/hostile/vectors.json`, "utf8"));
const DIST = new URL("../../js/dist/", import.meta.url);
const PAGE = `<!doctype html><script type="importmap">${JSON.stringify({
  imports: { "fhir-solicit": "/index.js", "#load": "/load/browser.js" },
})}</script>`;

/** A server on loopback that answers by a table, allows every origin, and writes down what it is asked. */
class Server {
  /** @type {Seen[]} */
  seen = [];
  /** @type {Answer[]} */
  answers = [];
  host = "";

  /** @param {TestContext} t @param {string} base */
  static async start(t, base) {
    const server = new Server();
    const origin = await listen(t, async (request, response) => {
      const { method = "", url: path = "", headers } = request;
      server.seen.push({ method, path, headers });
      let body = "";
      for await (const piece of request) body += piece;
      const cors = {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, POST, PUT",
        "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
        "access-control-expose-headers": "*",
      };
      const url = path.startsWith(base) ? path.slice(base.length).replace(/^\//, "") : "";
      const answer = server.answers.find((one) => one.method === method && url.startsWith(one.path));
      if (method === "OPTIONS") response.writeHead(204, cors).end();
      else if (!answer) response.writeHead(404, cors).end();
      else {
        const text = answer.echo
          ? JSON.stringify({ ...JSON.parse(body), id: answer.echo })
          : (answer.raw ?? JSON.stringify(answer.body));
        response.writeHead(answer.status ?? 200, { ...cors, ...answer.headers }).end(text);
      }
    });
    server.host = new URL(origin).host;
    return server;
  }
}

/** Home, partner and a stranger, and a page with the package. @param {TestContext} t */
async function open(t) {
  const [home, partner, stranger] = await Promise.all(
    ["/fhir", "/r4", ""].map((base) => Server.start(t, base)),
  );
  assert(home && partner && stranger);
  /** @type {Record<string, string>} */
  const addresses = {
    home: `http://${home.host}/fhir`,
    partner: `http://${partner.host}/r4`,
    foreign: `http://${stranger.host}`,
    "partner-host": partner.host,
    "partner-alias": partner.host.replace("127.0.0.1", "localhost"),
    "foreign-host": stranger.host,
  };
  const placed = (/** @type {string} */ text) =>
    text.replace(/\{([a-z-]+)\}/g, (all, name) => addresses[name] ?? all);
  const page = await (await browse(t)).newPage();
  await page.goto(await serve(t, (path) => (path === "/" ? PAGE : new URL(`.${path}`, DIST))));
  return { home, partner, stranger, addresses, placed, page };
}

/** @typedef {Awaited<ReturnType<typeof open>>} World */

/** What reached somebody whom it was not for. @param {World} world */
function leaks({ home, partner, stranger }) {
  const found = stranger.seen
    // A browser asks first whether it may send the header: that it wants to is the leak.
    .filter(
      ({ method, headers }) => headers.authorization || headers.cookie || headers.referer || method !== "GET",
    )
    .map(({ method, path }) => `${method} ${path} at the stranger's`);
  for (const [{ seen, host }, token, base] of /** @type {const} */ ([
    [home, "Bearer of-home", "/fhir"],
    [partner, "Bearer of-partner", "/r4"],
  ])) {
    for (const { method, path, headers } of seen) {
      const inside = path === base || path.startsWith(`${base}/`) || path.startsWith(`${base}?`);
      const wants =
        headers.authorization ?? headers["access-control-request-headers"]?.includes("authorization");
      const right = headers.authorization === undefined || headers.authorization === token;
      if (wants && !(inside && right && headers.host === host && !/\.\.|%2e/i.test(path)))
        found.push(`${method} ${path} under ${base}`);
    }
  }
  return found;
}

/** Asks, waits for the answer, and follows all contents of it; gives how many there were. @param {World} world */
function run({ page, addresses }) {
  return page.evaluate(async ({ home = "", partner = "" }) => {
    const { loadSolicit } = await import("fhir-solicit");
    const solicit = await loadSolicit();
    const servers = { home, partner };
    const credentials = (/** @type {string} */ server) => `of-${server}`;
    let [time, wakes] = [Date.now(), 0];
    // Days pass at once, and a dozen of them are enough.
    const clock = {
      now: () => time,
      setTimeout(/** @type {() => void} */ ring, /** @type {number} */ wait) {
        if (wakes++ > 12) return 0;
        return setTimeout(() => {
          time += wait;
          ring();
        });
      },
      clearTimeout: (/** @type {any} */ timer) => clearTimeout(timer),
    };
    let traffic = 0;
    const request = {
      resourceType: "CommunicationRequest",
      status: "active",
      payload: [{ contentString: "x" }],
      subject: { reference: "Patient/ann" },
      sender: { reference: "Organization/clinic" },
    };
    const asking = await solicit.requester({
      request,
      variant: "with-task",
      servers,
      credentials,
      clock,
      onTraffic: () => {
        traffic += 1;
      },
    });
    for (let before = -1; before !== traffic; ) {
      before = traffic;
      await new Promise((next) => setTimeout(next, 150));
    }
    const limits = { elsewhere: true };
    let contents = 0;
    for (const received of asking.communications) {
      for await (const one of asking.resolveContent(received, { limits }))
        contents += one.news === "content" ? 1 : 0;
    }
    const task = asking.task;
    if (task) {
      const options = { servers, credentials, limits };
      for await (const one of solicit.resolveContent(task, options))
        contents += one.news === "content" ? 1 : 0;
    }
    asking.stop();
    return contents;
  }, addresses);
}

test("r97: no credential leaves the browser by any hostile answer", async (t) => {
  assert(vectors.length >= 12);
  const world = await open(t);
  let [credentials, contents, asked] = [0, 0, 0];
  for (const { name, answers } of vectors) {
    for (const server of /** @type {const} */ (["home", "partner", "stranger"])) {
      const ours = [...answers, ...usual].filter((answer) => answer.server === server);
      world[server].answers = JSON.parse(world.placed(JSON.stringify(ours)));
      world[server].seen = [];
    }
    contents += await run(world);
    assert.deepEqual(leaks(world), [], name);
    const seen = [...world.home.seen, ...world.partner.seen];
    credentials += seen.filter(({ headers }) => headers.authorization).length;
    asked += world.partner.seen.some(({ method, path }) => method === "POST" && path === "/r4/Task") ? 1 : 0;
  }
  assert(asked >= vectors.length - 1, `all but one get as far as the partner: ${asked}`);
  assert(credentials > 100 && contents > 20, `${credentials} ${contents}`);
  t.diagnostic(`${vectors.length} hostile answers, ${credentials} requests with a credential, 0 leaks`);
});

test("r97: the servers see a leak where there is one", async (t) => {
  const world = await open(t);
  const urls = ["{foreign}/r4/Binary/1", "http://{partner-host}/admin", "http://{partner-alias}/r4/Binary/1"];
  await world.page.evaluate(async (urls) => {
    const headers = { authorization: "Bearer of-partner" };
    for (const url of urls) await fetch(url, { headers });
  }, urls.map(world.placed));
  // Each asks first, then sends.
  assert.equal(leaks(world).length, 6);
});
