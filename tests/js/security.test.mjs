// @ts-check
/** Scopes, launches, the log of who was asked, and what signatures are over. */
import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import {
  abilities,
  auditEvent,
  bytesToSign,
  canonicalJson,
  launchedFor,
  lintScopes,
  loadSolicit,
  requiresSignature,
  scopes,
  signatureOf,
} from "fhir-solicit";
import { ROOT } from "../setup/run.mjs";

const solicit = await loadSolicit();

/** @typedef {import("fhir-solicit").ScopeOptions} ScopeOptions */

/** Every request in a recording. @param {any} value @param {any[]} found */
function sends(value, found = []) {
  if (typeof value !== "object" || value === null) return found;
  if (value.effect === "send") found.push(value.request);
  for (const member of Object.values(value)) sends(member, found);
  return found;
}

/** The letter of SMART that a request needs. @param {any} request */
function letter({ method, url }) {
  if (method !== "GET") return method === "PUT" ? "u" : url.endsWith("_search") ? "s" : "c";
  return /^[A-Z][A-Za-z]*\/[A-Za-z0-9.-]+$/.test(url.split("?")[0]) ? "r" : "s";
}

/** Which way a recorded machine goes. @param {any} start @returns {ScopeOptions["way"][]} */
function ways({ actor, variant, guide = "cdex-2019", arrived = "" }) {
  const named = typeof guide === "string" ? guide : guide.guide;
  const task = /^(r4|cdex-2019)/.test(named) ? "with-task" : "data-request";
  if (actor === "inbox") return ["without-task", "with-task", "data-request"];
  if (variant === "without-task" || /"resourceType":"CommunicationRequest"/.test(arrived.slice(0, 60)))
    return ["without-task"];
  return [task];
}

test("R93: what the machines were recorded to do, the scopes allow", () => {
  const folder = `${ROOT}tests/simulation/recordings/`;
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".json"));
  let requests = 0;
  for (const file of files) {
    for (const recording of [JSON.parse(readFileSync(folder + file, "utf8"))].flat()) {
      const { start } = recording;
      if (!["requester", "responder", "inbox"].includes(start?.actor)) continue;
      const role = start.actor === "requester" ? "requester" : "responder";
      const granted = ways(start).flatMap((way) => {
        const contents = ["DocumentReference", "Binary", "Bundle", "QuestionnaireResponse", "Condition"];
        const { home, partner } = scopes({ role, way, contents });
        return [
          ...home.split(" ").map((one) => `home ${one}`),
          ...partner.split(" ").map((one) => `partner ${one}`),
        ];
      });
      for (const request of sends(recording)) {
        requests += 1;
        const [type = ""] = request.url.split(/[/?]/);
        // SMART has no scope for an operation of the system, such as $submit-attachment.
        if (type.startsWith("$")) continue;
        const server = request.server === "home" ? "home" : "partner";
        const needs = letter(request);
        const allows = granted.some(
          (one) =>
            one.startsWith(`${server} `) &&
            one.includes(`/${type}.`) &&
            one.split(".").at(-1)?.includes(needs),
        );
        assert(
          allows,
          `${file}: ${role} ${ways(start)} ${request.method} ${request.url} at ${server} needs ${type}.${needs}`,
        );
      }
    }
  }
  assert(requests > 50, `${requests}`);
});

test("R93: the least scopes, in both versions", () => {
  const asks = /** @type {const} */ ({ role: "requester", way: "without-task", contents: [] });
  assert.deepEqual(scopes(asks), {
    home: "patient/Communication.rs patient/Task.rs",
    partner: "user/CommunicationRequest.cruds".replace("cruds", "crus"),
  });
  assert.equal(scopes({ ...asks, cancel: false }).partner, "user/CommunicationRequest.crs");
  assert.deepEqual(scopes({ ...asks, version: 1, launch: "ehr", refresh: "offline" }), {
    home: "openid fhirUser launch offline_access patient/Communication.read patient/Task.read",
    partner:
      "openid fhirUser launch offline_access user/CommunicationRequest.read user/CommunicationRequest.write",
  });
  assert.deepEqual(scopes({ role: "information-recipient", way: "with-task", contents: ["Binary"] }), {
    home: "patient/Communication.rs patient/CommunicationRequest.rs patient/Task.rus",
    partner: "user/Communication.r user/Binary.rs",
  });
  const subscribes = scopes({ role: "responder", way: "with-task", subscriptions: true });
  assert.match(subscribes.home, /(^| )user\/Subscription\.cruds$/, "no patient's record holds one");
  for (const role of /** @type {const} */ (["requester", "responder"]))
    for (const way of /** @type {const} */ (["without-task", "with-task", "data-request"]))
      for (const list of Object.values(scopes({ role, way }))) assert.deepEqual(lintScopes(list), []);
});

test("R93: letters stand in the order of cruds", () => {
  const instead = (/** @type {string} */ scope) =>
    lintScopes(scope).map((issue) => issue.instead ?? issue.message);
  assert.deepEqual(instead("openid launch launch/patient user/Task.rus patient/Task.read system/Task.*"), []);
  assert.deepEqual(instead("user/Task.rsu user/Task.rr"), ["user/Task.rus", "user/Task.r"]);
  assert.equal(
    lintScopes("user/Task.rx user/Task user/*.rs patient/Subscription.cruds nobody/Task.r").length,
    5,
  );
});

test("R93: what was granted decides, not what was asked for", () => {
  const asks = /** @type {const} */ ({ role: "requester", way: "with-task", contents: [] });
  const all = scopes(asks);
  assert(abilities(all, asks).every(({ granted, limited }) => granted && !limited));
  const v1 = abilities(
    { home: "patient/*.read", partner: "user/Task.read user/Task.write user/Communication.*" },
    asks,
  );
  assert.deepEqual(
    v1
      .filter(({ granted }) => !granted)
      .map(({ server, resourceType, missing }) => [server, resourceType, missing]),
    [["home", "CommunicationRequest", "cu"]],
  );
  const less = abilities(
    { home: all.home, partner: "user/Task.crs?status=requested user/Communication.r" },
    asks,
  );
  const [ask, cancel] = less.filter(
    ({ resourceType, server }) => resourceType === "Task" && server === "partner",
  );
  assert.deepEqual([ask?.granted, ask?.limited], [true, true]);
  assert.deepEqual([cancel?.granted, cancel?.missing], [false, "u"]);
  assert(abilities({}, asks).every(({ granted }) => !granted));
});

const HOME = "https://clinic.example/fhir";
const TASK = {
  resourceType: "Task",
  id: "7",
  status: "requested",
  intent: "order",
  focus: { reference: "https://payer.example/fhir/CommunicationRequest/1" },
};

/** A server of these resources. @param {Record<string, object>} resources */
function serverOf(resources) {
  /** @type {string[]} */
  const asked = [];
  const answer = /** @type {typeof fetch} */ (
    async (url) => {
      asked.push(String(url));
      const found = resources[String(url)];
      return new Response(found && JSON.stringify(found), { status: found ? 200 : 404 });
    }
  );
  return { asked, fetch: answer };
}

test("R94: an EHR launch opens the exchange that its Task is about", async () => {
  assert.equal(launchedFor({}), undefined);
  assert.equal(launchedFor({ fhirContext: [{ reference: "ImagingStudy/1" }, null, 7] }), undefined);
  const context = {
    fhirContext: [
      { reference: "Patient/1" },
      { reference: "CommunicationRequest/2" },
      { reference: "Task/7" },
    ],
  };
  assert.equal(launchedFor(context), "Task/7");

  const launch = {
    ...TASK,
    id: "9",
    code: {
      coding: [
        { system: "http://hl7.org/fhir/smart-app-launch/CodeSystem/smart-codes", code: "launch-app-ehr" },
      ],
    },
    focus: { reference: "Task/7" },
  };
  const { asked, fetch } = serverOf({ [`${HOME}/Task/7`]: TASK, [`${HOME}/Task/9`]: launch });
  const servers = { home: HOME, partner: "https://payer.example/fhir" };
  const opened = await solicit.launched({ context, servers, fetch });
  assert.equal(opened?.actor, "responder");
  assert.equal(JSON.parse(opened?.task ?? "{}").id, "7");
  const state = opened?.save();
  opened?.stop();

  assert(state);
  const again = await solicit.launched({
    context: { fhirContext: [{ reference: `${HOME}/Task/9` }] },
    servers,
    fetch,
    saved: [state],
  });
  assert.equal(again?.actor, "responder");
  again?.stop();
  assert.equal(
    asked.filter((url) => url.endsWith("/Task/7")).length,
    1,
    "what was saved is resumed, not read anew",
  );

  assert.equal(await solicit.launched({ context: {}, servers, fetch }), undefined);
  const elsewhere = { fhirContext: [{ reference: "https://evil.example/fhir/Task/7" }] };
  await assert.rejects(solicit.launched({ context: elsewhere, servers, fetch }), { kind: "server" });
  assert(!asked.some((url) => url.includes("evil")));
  await assert.rejects(
    solicit.launched({ context: { fhirContext: [{ reference: "Task/8" }] }, servers, fetch }),
    { kind: "launch" },
  );
});

test("R95, R96: who was asked for what is logged, nothing of what was said, and valid as AuditEvent", async () => {
  await solicit.loadPack(new URL(import.meta.resolve("fhir-solicit/packs/r4.pack")));
  /** @type {import("fhir-solicit").AuditEntry[]} */
  const log = [];
  const { fetch } = serverOf({ [`${HOME}/Task/7`]: TASK });
  const servers = { home: HOME, partner: "https://payer.example/fhir" };
  const credentials = () => "secret";
  const opened = await solicit.launched({
    context: { fhirContext: [{ reference: "Task/7" }] },
    servers,
    fetch,
    credentials,
    audit: (entry) => void log.push(entry),
  });
  await opened?.look();
  opened?.stop();
  const communication = {
    resourceType: "Communication",
    payload: [{ contentReference: { reference: "Binary/1" } }],
  };
  for await (const _ of solicit.resolveContent(communication, {
    servers,
    fetch,
    audit: (entry) => void log.push(entry),
  }));
  await new Promise((next) => setTimeout(next, 10));
  assert.deepEqual(
    log
      .map(({ server, interaction, reference, status }) => [server, interaction, reference, status])
      .slice(0, 2),
    [
      ["home", "read", "Task/7", 200],
      ["partner", "read", "CommunicationRequest/1", 404],
    ],
  );
  assert.deepEqual(log.at(-1)?.reference, "Binary/1");
  const more = /** @type {import("fhir-solicit").AuditEntry[]} */ ([
    {
      at: "2026-01-01T00:00:00.000Z",
      server: "home",
      base: HOME,
      interaction: "search-type",
      resourceType: "Task",
      status: 429,
    },
    {
      at: "2026-01-01T00:00:00.000Z",
      server: "home",
      base: HOME,
      interaction: "update",
      resourceType: "Task",
      reference: "Task/7",
    },
    { at: "2026-01-01T00:00:00.000Z", server: "home", base: HOME, interaction: "operation", status: 500 },
  ]);
  const options = { agent: { reference: "Practitioner/7" }, observer: { display: "Attachments desk" } };
  for (const entry of [...log, ...more]) {
    const event = auditEvent(entry, options);
    const { issues, errors } = solicit.validate(event);
    assert.equal(errors, 0, JSON.stringify(issues));
    assert.equal(JSON.parse(event).recorded, entry.at);
  }
  assert.deepEqual(
    more.map((entry) => JSON.parse(auditEvent(entry, options)).outcome),
    ["4", "12", "12"],
  );
  assert(!/secret|requested/.test(JSON.stringify(log)));
});

test("R99: JSON has the canonical form of RFC 8785 in the published vectors", () => {
  for (const { name, input, output } of JSON.parse(readFileSync(`${ROOT}tests/js/canonical.json`, "utf8")))
    assert.equal(canonicalJson(input), output, name);
});

test("R99: a signature is over the Bundle without id, meta and itself, and the app judges it", async () => {
  const bundle = { resourceType: "Bundle", type: "searchset", id: "1", meta: { versionId: "1" }, total: 1.5 };
  assert.equal(
    new TextDecoder().decode(bytesToSign(bundle)),
    '{"resourceType":"Bundle","total":1.5,"type":"searchset"}',
  );
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const encode = (/** @type {Uint8Array | string} */ bytes) => Buffer.from(bytes).toString("base64url");
  const header = encode('{"alg":"ES256"}');
  const over = (/** @type {Uint8Array} */ bytes) => Buffer.from(`${header}.${encode(bytes)}`);
  const key = { key: privateKey, dsaEncoding: /** @type {const} */ ("ieee-p1363") };
  const jws = `${header}..${encode(sign("sha256", over(bytesToSign(bundle)), key))}`;
  const signed = (/** @type {object} */ more) =>
    JSON.stringify({
      ...bundle,
      id: "2",
      ...more,
      signature: { sigFormat: "application/jose", data: Buffer.from(jws).toString("base64") },
    });
  const judge = (/** @type {import("fhir-solicit").Signature} */ { bytes, jws }) => {
    const [, , signature = ""] = jws.split(".");
    const opened = { key: publicKey, dsaEncoding: /** @type {const} */ ("ieee-p1363") };
    return verify("sha256", over(bytes), opened, Buffer.from(signature, "base64url"));
  };
  assert.equal(signatureOf(bundle), undefined);
  const servers = { home: HOME, partner: "https://payer.example/fhir" };
  for (const [more, verify, expected] of /** @type {const} */ ([
    [{}, judge, "valid"],
    [{ meta: { versionId: "9" } }, judge, "valid"],
    [{ total: 2 }, judge, "invalid"],
    [{}, undefined, "unchecked"],
  ])) {
    const { fetch } = serverOf({ [`${servers.partner}/Bundle/2`]: JSON.parse(signed(more)) });
    const communication = {
      resourceType: "Communication",
      payload: [{ contentReference: { reference: "Bundle/2" } }],
    };
    const options = { servers, fetch, ...(verify && { verify }) };
    const told = [];
    for await (const news of solicit.resolveContent(communication, options))
      if (news.news === "content") told.push(news.content.signature);
    assert.deepEqual(told, [expected]);
  }
  const input = {
    type: {
      coding: [
        { system: "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp", code: "signature-flag" },
      ],
    },
  };
  const asking = (/** @type {boolean} */ valueBoolean) =>
    JSON.stringify({ ...TASK, input: [{ ...input, valueBoolean }] });
  assert(requiresSignature(asking(true)));
  assert(!requiresSignature(asking(false)));
  assert(!requiresSignature(TASK));
  const tagged = (/** @type {object} */ tag) =>
    JSON.stringify({ resourceType: "CommunicationRequest", meta: { tag: [tag] } });
  const system = "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp";
  assert(requiresSignature(tagged({ system, code: "signature-flag" })));
  assert(!requiresSignature(tagged({ code: "signature-flag" })));
});
