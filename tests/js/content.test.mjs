// @ts-check
/** Contents, over HTTP from a server that has all kinds of them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { auditEvent } from "fhir-solicit";
import init from "../../js/dist/fhir_solicit.js";
import { request, solicit } from "./desks.mjs";
import { listen } from "./listen.mjs";

/** @typedef {import("fhir-solicit").ContentNews} ContentNews */
/** @typedef {import("fhir-solicit").ResolvedContent} ResolvedContent */

const PDF = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(3 << 20, 7)]);
const sha1 = (/** @type {Buffer} */ bytes) => createHash("sha1").update(bytes).digest("base64");

/**
 * A server of these answers.
 * @param {import("node:test").TestContext} t
 * @param {Record<string, (response: import("node:http").ServerResponse, headers: import("node:http").IncomingHttpHeaders) => void>} answers
 */
async function serve(t, answers) {
  /** @type {string[]} */
  const asked = [];
  const origin = await listen(t, (request, response) => {
    const url = request.url ?? "";
    asked.push(`${url} ${request.headers.authorization ?? "nobody"}`);
    const answer = answers[url];
    if (answer) answer(response, request.headers);
    else response.writeHead(404).end();
  });
  return { origin, asked };
}

const communication = (/** @type {object[]} */ ...payload) =>
  JSON.stringify({ resourceType: "Communication", status: "completed", payload });
const refers = (/** @type {string} */ reference) => ({ contentReference: { reference } });

/** @param {AsyncIterable<ContentNews>} news */
async function all(news) {
  /** @type {ContentNews[]} */
  const got = [];
  for await (const one of news) got.push(one);
  const contents = got.flatMap((one) => (one.news === "content" ? [one.content] : []));
  const withheld = got.flatMap((one) => (one.news === "withheld" ? [one] : []));
  return { got, contents, withheld };
}

/** @param {ResolvedContent | undefined} content */
const bytes = async (content) => Buffer.from((await content?.blob?.arrayBuffer()) ?? new ArrayBuffer(0));

test("R87, R88: a document and its file, with progress, checked", async (t) => {
  const attachment = {
    contentType: "application/pdf",
    url: "Binary/b",
    size: PDF.length,
    hash: sha1(PDF),
    title: "Report",
  };
  const document = { resourceType: "DocumentReference", id: "d", content: [{ attachment }] };
  const { origin, asked } = await serve(t, {
    "/fhir/DocumentReference/d": (response) => response.end(JSON.stringify(document)),
    "/fhir/Binary/b": (response, headers) => {
      assert.match(headers.accept ?? "", /^application\/pdf, /, "R90: its own type first");
      response.writeHead(200, { "content-type": "application/pdf", "content-length": PDF.length }).end(PDF);
    },
  });
  const options = { servers: { home: origin, partner: `${origin}/fhir` }, credentials: () => "token" };
  const { got, contents, withheld } = await all(
    solicit.resolveContent(
      communication({ contentString: "Here it is." }, refers("DocumentReference/d")),
      options,
    ),
  );
  assert.deepEqual(withheld, []);
  assert.equal(contents[0]?.text, "Here it is.");
  assert.equal(contents[1]?.resource, JSON.stringify(document));
  const file = contents[2];
  assert(file?.blob);
  assert.deepEqual(
    [file.title, file.sniffed, file.size, file.blob.type],
    ["Report", "pdf", PDF.length, "application/pdf"],
  );
  assert.deepEqual(file.findings, []);
  assert(PDF.equals(await bytes(file)));
  const progress = got.filter((one) => one.news === "progress");
  assert(progress.length > 1 && progress.every((one) => one.total === PDF.length));
  assert.deepEqual(asked, ["/fhir/DocumentReference/d Bearer token", "/fhir/Binary/b Bearer token"]);
});

test("R88, R89, R91: what was said and is not so is told, and nothing is a page", async (t) => {
  const { origin } = await serve(t, {
    "/fhir/Binary/page": (response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<html><script>"),
  });
  const data = Buffer.from('<Bundle xmlns="http://hl7.org/fhir"/>').toString("base64");
  const { contents, withheld } = await all(
    solicit.resolveContent(
      communication(
        { contentAttachment: { contentType: "application/fhir+json", data, size: 1, hash: sha1(PDF) } },
        { contentAttachment: { contentType: "application/pdf", url: "Binary/page" } },
        { contentAttachment: { contentType: "text/plain", data: "YWJ" } },
        { contentAttachment: { contentType: "text/plain", data: " YW Jj\n" } },
      ),
      { servers: { home: origin, partner: `${origin}/fhir` } },
    ),
  );
  const by = (/** @type {number} */ at) => contents.find(({ trail }) => trail[0]?.includes(`[${at}]`));
  assert.deepEqual(by(0)?.findings, [
    { finding: "size", claimed: 1, found: 37 },
    { finding: "hash" },
    { finding: "label", label: "application/fhir+json", found: "xml" },
  ]);
  assert.deepEqual(by(1)?.findings, [
    { finding: "label", label: "application/pdf", found: "html" },
    { finding: "served", label: "application/pdf", served: "text/html" },
  ]);
  assert.deepEqual(
    withheld.map(({ reason }) => reason.why),
    ["not-base64"],
  );
  assert.equal((await bytes(by(3))).toString(), "abc");
  const page = await all(
    solicit.resolveContent(communication(refers("Binary/page")), {
      servers: { home: origin, partner: `${origin}/fhir` },
    }),
  );
  assert.deepEqual(
    [page.contents[0]?.contentType, page.contents[0]?.blob?.type],
    ["text/html", "application/octet-stream"],
  );
});

test("R90: 48 MB in base64 do not pass through wasm", async (t) => {
  const big = Buffer.alloc(48 << 20, 9);
  const wrapped = JSON.stringify({
    resourceType: "Binary",
    id: "w",
    contentType: "application/dicom",
    data: big.toString("base64"),
  });
  const { origin } = await serve(t, {
    "/fhir/Binary/w": (response) =>
      response.writeHead(200, { "content-type": "application/fhir+json" }).end(wrapped),
  });
  const inline = {
    contentType: "application/dicom",
    data: big.toString("base64"),
    hash: sha1(big),
    size: big.length,
  };
  const limits = { mostBytes: 80 << 20, mostBytesInAll: 200 << 20 };
  // It gives the one instance there is.
  const { memory } = await init({ module_or_path: "loaded already" });
  const before = memory.buffer.byteLength;
  const { contents, withheld } = await all(
    solicit.resolveContent(
      communication(refers("Binary/w"), { contentAttachment: inline }, { contentString: "1.00" }),
      {
        servers: { home: origin, partner: `${origin}/fhir` },
        limits,
      },
    ),
  );
  assert.deepEqual(withheld, []);
  const blobs = contents.filter(({ blob }) => blob);
  assert.deepEqual(
    blobs.map(({ size, findings }) => [size, findings]),
    [
      [big.length, []],
      [big.length, []],
    ],
  );
  for (const content of blobs) assert(big.equals(await bytes(content)));
  const grown = memory.buffer.byteLength - before;
  assert(grown < 8 << 20, `wasm has grown by ${grown} bytes`);
});

test("R90: more than the limit is not taken, whatever the server says of it", async (t) => {
  let sent = 0;
  const { origin } = await serve(t, {
    "/fhir/Binary/said": (response) =>
      response.writeHead(200, { "content-length": 5000 }).end("x".repeat(5000)),
    "/fhir/Binary/endless": async (response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.on("error", () => {});
      while (!response.destroyed && sent < 1 << 26) {
        sent += 1 << 16;
        if (!response.write("x".repeat(1 << 16)))
          await Promise.race([new Promise((next) => response.once("drain", next)), wait(50)]);
      }
      response.end();
    },
  });
  const { contents, withheld } = await all(
    solicit.resolveContent(
      communication(refers("Binary/said"), refers("Binary/endless"), {
        contentAttachment: { contentType: "text/plain", data: "YWJj".repeat(2000) },
      }),
      {
        servers: { home: origin, partner: `${origin}/fhir` },
        limits: { mostBytes: 1000 },
      },
    ),
  );
  assert.deepEqual(contents, []);
  assert.deepEqual(
    withheld.map(({ reason }) => reason),
    Array(3).fill({ why: "too-large", most: 1000 }),
  );
  assert(sent < 1 << 26, "the server was cut off");
});

test("R87: it ends when it is aborted, when the loop is left, and throws what the app aborts with", async (t) => {
  let gone = 0;
  const { origin } = await serve(t, {
    "/fhir/Binary/slow": (response) => {
      response.writeHead(200, { "content-type": "text/plain" }).write("begun");
      response.on("close", () => {
        gone += 1;
      });
    },
  });
  const servers = { home: origin, partner: `${origin}/fhir` };
  const abort = new AbortController();
  const reason = new Error("Chalmers has left");
  await assert.rejects(async () => {
    for await (const one of solicit.resolveContent(communication(refers("Binary/slow")), {
      servers,
      signal: abort.signal,
    }))
      if (one.news === "progress") abort.abort(reason);
  }, reason);
  for await (const one of solicit.resolveContent(communication(refers("Binary/slow")), { servers }))
    if (one.news === "progress") break;
  for (let tries = 0; gone < 2 && tries < 100; tries += 1) await wait(20);
  assert.equal(gone, 2);
  const timed = await all(
    solicit.resolveContent(communication(refers("Binary/slow")), { servers, timeout: 100 }),
  );
  assert.deepEqual(timed.withheld[0]?.reason, { why: "fault", fault: { kind: "network" } });
  await assert.rejects(all(solicit.resolveContent("{", { servers })), { kind: "argument" });
});

test("R97: a stranger's file is asked for without anything that tells of us, or not at all", async (t) => {
  const stranger = await serve(t, { "/file": (response) => response.end("%PDF-") });
  const { origin } = await serve(t, {});
  const elsewhere = stranger.origin.replace("127.0.0.1", "localhost");
  const resource = communication({
    contentAttachment: { contentType: "application/pdf", url: `${elsewhere}/file` },
  });
  const options = { servers: { home: origin, partner: `${origin}/fhir` }, credentials: () => "token" };
  const refused = await all(solicit.resolveContent(resource, options));
  assert.deepEqual(
    refused.withheld.map(({ reason }) => reason),
    [{ why: "unlocated", unlocated: "unknown-server" }],
  );
  assert.deepEqual(stranger.asked, []);
  const given = await all(solicit.resolveContent(resource, { ...options, limits: { elsewhere: true } }));
  assert.equal((await bytes(given.contents[0])).toString(), "%PDF-");
  assert.deepEqual(stranger.asked, ["/file nobody"]);
});

test("R41: what has to be signed is asked for by search, whoever gave it, with Task or without", async (t) => {
  const servers = {
    home: "https://payer.example/fhir",
    partner: "https://clinic.example/fhir",
    lab: "https://lab.example/fhir",
  };
  const owner = { reference: "Organization/lab" };
  const asked = JSON.parse(request);
  const tag = [
    { system: "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp", code: "signature-flag" },
  ];
  for (const signed of [true, false]) {
    for (const variant of /** @type {const} */ (["with-task", "without-task"])) {
      /** @type {string[]} */
      const urls = [];
      const fetch = async (/** @type {any} */ url) => {
        urls.push(String(url));
        return new Response("", { status: 503 });
      };
      const asking = await solicit.requester({
        request: JSON.stringify({ ...asked, ...(signed && { meta: { tag } }) }),
        variant,
        servers,
        fetch,
        recipients: [
          { server: "partner", owner },
          { server: "lab", owner },
        ],
      });
      t.after(() => asking.stop());
      const received = { document: communication(refers("Condition/858")), by: 1, from: "lab" };
      await all(asking.resolveContent(received));
      const expected = signed ? "Condition?_id=858" : "Condition/858";
      assert(urls.includes(`${servers.lab}/${expected}`), `${signed} ${variant} ${urls.join(" ")}`);
    }
  }
});

test("R95: a stranger who is asked for a file stands in the log, and nothing of whom it is about", async (t) => {
  /** @type {import("fhir-solicit").AuditEntry[]} */
  const log = [];
  const fetch = async (/** @type {any} */ url) => {
    if (String(url).includes("silent.example")) throw new TypeError("fetch failed");
    return new Response("%PDF-", { status: String(url).includes("stranger.example") ? 200 : 503 });
  };
  const from = (/** @type {string} */ url) => ({
    contentAttachment: { contentType: "application/pdf", url },
  });
  const document = communication(
    from("https://stranger.example/Chalmers/letter.pdf?patient=ann"),
    from("https://silent.example:8443/Patient/ann.pdf"),
  );
  const servers = { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" };
  const limits = { elsewhere: true };
  const audit = (/** @type {import("fhir-solicit").AuditEntry} */ entry) => void log.push(entry);
  const asking = await solicit.requester({ request, variant: "with-task", servers, fetch, audit });
  t.after(() => asking.stop());
  const news = [
    solicit.resolveContent(document, { servers, fetch, audit, limits }),
    asking.resolveContent({ document, from: "partner" }, { limits }),
  ];
  for (const one of news) {
    log.length = 0;
    assert.equal((await all(one)).contents.length, 1);
    await new Promise(setImmediate);
    const strangers = log.filter(({ server }) => server === undefined);
    assert.deepEqual(
      strangers.map(({ base, interaction, status }) => [base, interaction, status]),
      [
        ["https://stranger.example", "read", 200],
        ["https://silent.example:8443", "read", undefined],
      ],
    );
    assert(!/Chalmers|ann/.test(JSON.stringify(strangers)));
    for (const entry of strangers) {
      const event = auditEvent(entry, { agent: { reference: "Practitioner/7" }, observer: { display: "x" } });
      assert.equal(JSON.parse(event).agent[1].network.address, new URL(entry.base).host);
    }
  }
});

test("R115: what the machine could not fetch counts as received once the application has it", async () => {
  const communication = {
    resourceType: "Communication",
    id: "c",
    status: "completed",
    payload: [{ contentReference: { reference: "Binary/big" } }],
  };
  const task = {
    resourceType: "Task",
    id: "t",
    status: "completed",
    intent: "order",
    output: [{ type: { text: "x" }, valueReference: { reference: "Communication/c" } }],
  };
  const fetch = /** @type {typeof globalThis.fetch} */ (
    async (url, init) => {
      const path = String(url).replace(/^https:\/\/\w+\.example\/fhir\//, "");
      const json = (/** @type {object} */ body, status = 200) =>
        new Response(JSON.stringify(body), { status });
      if (init?.body)
        return json({ ...JSON.parse(String(init.body)), id: path.startsWith("Task") ? "t" : "r" }, 201);
      if (path === "Task/t") return json(task);
      if (path === "Communication/c") return json(communication);
      if (path !== "Binary/big") return json({ resourceType: "Bundle", type: "searchset" });
      // Too large to be wrapped in JSON, as the machine asks for it; not as a file.
      const wrapped = new Headers(init?.headers).get("accept") === "application/fhir+json";
      return wrapped
        ? new Response(null, { status: 413 })
        : new Response("%PDF-", { headers: { "content-type": "application/pdf" } });
    }
  );
  let time = Date.now();
  let wakes = 0;
  const clock = {
    now: () => time,
    setTimeout(/** @type {() => void} */ ring, /** @type {number} */ milliseconds) {
      wakes += 1;
      return wakes > 20
        ? 0
        : setTimeout(() => {
            time += milliseconds;
            ring();
          });
    },
    clearTimeout: (/** @type {any} */ timer) => clearTimeout(timer),
  };
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
    servers: { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" },
    fetch,
    clock,
  });
  for (let tries = 0; asking.communications.length === 0 && tries < 100; tries += 1) await wait(10);
  await wait(50);
  assert.equal(asking.solicitation.state, "partially-answered");
  const [received] = asking.communications;
  assert(received);
  const { contents } = await all(asking.resolveContent(received));
  assert.equal((await bytes(contents[0])).toString(), "%PDF-");
  assert.equal(asking.communications[0]?.contents?.[0]?.taken, "fetched");
  assert.equal(asking.solicitation.state, "answered");
  asking.stop();
});
