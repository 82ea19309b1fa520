// @ts-check
/** Several machines in one program: what they ask of one server, counted at a double that keeps Tasks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Governor } from "fhir-solicit";
import { request, solicit } from "./desks.mjs";
import { Hands, settled } from "./hands.mjs";

const servers = { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" };
const start = /** @type {const} */ ({ request, variant: "with-task", servers });
const MINUTE = 60_000;

/**
 * A server that stores what is created and, unless it refuses, searches it by id.
 * @param {{ refuses?: boolean }} [ways]
 */
function server(ways = {}) {
  /** @type {Map<string, any>} */
  const stored = new Map();
  /** @type {string[]} */
  const asked = [];
  const answer = (/** @type {number} */ status, /** @type {object} */ body) => ({
    status,
    headers: {},
    body: JSON.stringify(body),
  });
  /** @type {import("fhir-solicit").Transport} */
  const transport = async ({ method, server, url, body }) => {
    asked.push(`${server} ${method} ${url}`);
    await new Promise(setImmediate);
    const [type = "", rest = ""] = url.split(/[/?]/);
    if (method === "POST") {
      const id = `${stored.size + 1}`;
      const resource = { ...JSON.parse(body ?? "{}"), id, meta: { versionId: "1" } };
      stored.set(`${type}/${id}`, resource);
      return answer(201, resource);
    }
    const ids = /_id=([^&]*)/.exec(url)?.[1]?.split(",");
    if (ids && ways.refuses) return answer(400, { resourceType: "OperationOutcome", issue: [] });
    if (ids) {
      const entry = ids.flatMap((id) => stored.get(`${type}/${id}`) ?? []).map((resource) => ({ resource }));
      return answer(200, { resourceType: "Bundle", type: "searchset", entry });
    }
    if (url.includes("?")) return answer(200, { resourceType: "Bundle", type: "searchset" });
    return answer(200, stored.get(`${type}/${rest}`));
  };
  return { stored, asked, transport };
}

/** So many requests that have been sent. @param {number} count @param {import("fhir-solicit").DriveOptions} options */
async function open(count, options) {
  const asking = Array.from({ length: count }, () => solicit.requester({ ...start, ...options }));
  const all = await Promise.all(asking);
  await settled();
  return all;
}

for (const [count, looks] of /** @type {const} */ ([
  [1, 1],
  [10, 1],
  [60, 2],
])) {
  test(`r61: ${count} open exchanges cost ${looks} requests at a look`, async () => {
    const { asked, transport } = server();
    const clock = new Hands();
    const all = await open(count, { governor: new Governor(), transport, clock });
    asked.length = 0;
    await clock.pass(1.2 * MINUTE);
    assert.equal(asked.length, looks, asked.join("\n"));
    assert(asked.every((one) => one.startsWith("partner GET Task")));
    for (const one of all) one.stop();
  });
}

test("r61: without a governor in common each looks for itself", async () => {
  const { asked, transport } = server();
  const clock = new Hands();
  const all = await open(5, { transport, clock });
  asked.length = 0;
  await clock.pass(1.2 * MINUTE);
  assert.equal(asked.length, 5);
  for (const one of all) one.stop();
});

test("r61: a search that is refused is tried again after a day, for the server may have been mended", async () => {
  const ways = { refuses: true };
  const { asked, transport } = server(ways);
  const clock = new Hands();
  const all = await open(3, { governor: new Governor(), transport, clock });
  const searches = () => asked.filter((one) => one.includes("_id")).length;
  await clock.pass(23 * 60 * MINUTE);
  assert.equal(searches(), 1);
  await clock.pass(3 * 60 * MINUTE);
  assert.equal(searches(), 2, "refused once more");
  ways.refuses = false;
  await clock.pass(24 * 60 * MINUTE);
  asked.length = 0;
  await clock.pass(3 * 60 * MINUTE);
  assert(searches() >= 2, asked.join("\n"));
  assert.equal(searches(), asked.length, "from then on they look together again");
  for (const one of all) one.stop();
});

test("r61: a search that is refused is answered by reads, and not tried again soon", async () => {
  const { asked, transport, stored } = server({ refuses: true });
  const clock = new Hands();
  const all = await open(3, { governor: new Governor(), transport, clock });
  asked.length = 0;
  await clock.pass(1.2 * MINUTE);
  assert.equal(asked.length, 4);
  for (const [key, task] of stored) if (key.startsWith("Task/")) task.status = "rejected";
  await clock.pass(6 * MINUTE);
  assert.equal(asked.filter((one) => one.includes("_id")).length, 1);
  assert.deepEqual(
    all.map(({ solicitation }) => solicitation.state),
    ["declined", "declined", "declined"],
  );
});

test("r61: what follows from a look goes together, too, and each gets what is its own", async () => {
  const { asked, transport, stored } = server();
  const clock = new Hands();
  const all = await open(4, { governor: new Governor(), transport, clock });
  const tasks = [...stored].filter(([key]) => key.startsWith("Task/"));
  tasks.forEach(([, task], at) => {
    Object.assign(task, { status: at % 2 ? "accepted" : "in-progress", meta: { versionId: "2" } });
  });
  asked.length = 0;
  await clock.pass(1.2 * MINUTE);
  assert.equal(asked.length, 4, "Tasks, and three searches at home for all");
  const states = all.map(({ solicitation }) => solicitation.state).sort();
  assert.deepEqual(states, ["accepted", "accepted", "working", "working"]);
  for (const one of all) one.stop();
});

test("r92: requests of two accounts do not go together", async () => {
  const clock = new Hands();
  const governor = new Governor();
  const [mine, yours] = [server(), server()];
  const all = [
    ...(await open(3, { governor, transport: mine.transport, clock })),
    ...(await open(3, { governor, transport: yours.transport, clock })),
  ];
  mine.asked.length = yours.asked.length = 0;
  await clock.pass(1.2 * MINUTE);
  assert.deepEqual([mine.asked.length, yours.asked.length], [1, 1]);
  for (const one of all) one.stop();
});

test("one that is stopped in the middle keeps nobody from an answer", async () => {
  const { asked, transport, stored } = server();
  const clock = new Hands();
  let broke = false;
  const slow = /** @type {import("fhir-solicit").Transport} */ (
    async (request, signal) => {
      if (request.url.includes("_id")) {
        // Whoever wakes first sends for all.
        first?.stop();
        broke = signal.aborted;
        signal.throwIfAborted();
      }
      return transport(request, signal);
    }
  );
  const options = { governor: new Governor(), transport: slow, clock };
  const early = await solicit.requester({
    ...start,
    ...options,
    cadence: { cadence: "custom", seconds: 60 },
  });
  await settled();
  await clock.pass(MINUTE / 20);
  const [first, ...others] = [early, ...(await open(2, options))];
  asked.length = 0;
  await clock.pass(1.2 * MINUTE);
  assert(broke);
  const alone = ["partner GET Task/5", "partner GET Task/6"];
  assert(
    alone.every((one) => asked.includes(one)),
    "each of the others asks for itself",
  );
  for (const [key, task] of stored) {
    if (key.startsWith("Task/")) Object.assign(task, { status: "rejected", meta: { versionId: "2" } });
  }
  asked.length = 0;
  await clock.pass(6 * MINUTE);
  assert(
    asked.some((one) => one.includes("_id")),
    "what broke off was no refusal of the server",
  );
  for (const one of others) assert.equal(one.solicitation.state, "declined");
});
