// @ts-check
/** Subscriptions as a page has them: sockets, notifications handed over, and a relay, end to end. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Sockets } from "fhir-solicit";
import { WebSocket, WebSocketServer } from "ws";
import { solicit, until } from "./desks.mjs";

const base = "http://127.0.0.1:9/fhir";
const servers = { home: base };
const TOPIC = "http://hl7.org/fhir/us/davinci-hrex/SubscriptionTopic/Task";
const subscription = { channel: /** @type {const} */ ({ type: "websocket" }), heartbeat: 60 };

/** @param {string} id @param {string} kind @param {number} total @param {object[]} [events] */
const status = (id, kind, total, events = []) => ({
  resourceType: "Parameters",
  parameter: [
    { name: "subscription", valueReference: { reference: `Subscription/${id}` } },
    { name: "status", valueCode: "active" },
    { name: "type", valueCode: kind },
    { name: "events-since-subscription-start", valueString: `${total}` },
    ...events,
  ],
});

/** @param {string} id @param {string} kind @param {number} total @param {string} [focus] */
function notification(id, kind, total, focus) {
  const part = [
    { name: "event-number", valueString: `${total}` },
    { name: "timestamp", valueInstant: new Date().toISOString() },
    { name: "focus", valueReference: { reference: focus } },
  ];
  const resource = status(id, kind, total, focus ? [{ name: "notification-event", part }] : []);
  return JSON.stringify({ resourceType: "Bundle", type: "history", entry: [{ resource }] });
}

/**
 * A server that offers subscriptions, as far as they need HTTP.
 * @param {() => string} socketUrl
 */
function offers(socketUrl) {
  let tokens = 0;
  const topic = {
    url: "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical",
    valueCanonical: TOPIC,
  };
  const id = `${++subscriptions}`;
  /** @type {string[]} */
  const asked = [];
  /** @type {import("fhir-solicit").Transport} */
  const transport = async ({ method, url, body }) => {
    asked.push(`${method} ${url}`);
    const answer = (/** @type {object} */ resource) => ({
      status: 200,
      headers: {},
      body: JSON.stringify(resource),
    });
    if (url === "metadata") {
      const resource = [{ type: "Subscription", extension: [topic] }];
      return answer({ resourceType: "CapabilityStatement", rest: [{ mode: "server", resource }] });
    }
    if (method === "POST")
      return { ...answer({ ...JSON.parse(body ?? ""), id, meta: { versionId: "1" } }), status: 201 };
    if (url.endsWith("$status")) return answer(status(id, "query-status", 0));
    assert.match(url, /get-ws-binding-token$/);
    const parameter = [
      { name: "token", valueString: `secret-${id}-${++tokens}` },
      { name: "expiration", valueDateTime: new Date(Date.now() + 3_600_000).toISOString() },
      { name: "websocket-url", valueUrl: socketUrl() },
    ];
    return answer({ resourceType: "Parameters", parameter });
  };
  return { transport, asked };
}
let subscriptions = 0;

/** @param {import("node:test").TestContext} t */
async function socketServer(t) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  t.after(() => server.close());
  t.after(() => {
    for (const client of server.clients) client.terminate();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { server, url: `ws://127.0.0.1:${port}/ws`, base: `http://127.0.0.1:${port}/fhir` };
}

/** @param {import("fhir-solicit").Subscriber} subscriber @param {string} phase */
const isIn = (subscriber, phase) =>
  until(
    subscriber.updates(),
    "subscription",
    ({ watching }) => watching.phase === phase && watching.until !== undefined,
  );

test("a socket is bound by a token that is said and not in the URL, and news comes over it", async (t) => {
  const { server, url, base } = await socketServer(t);
  /** @type {string[]} */
  const said = [];
  /** @type {(string | undefined)[]} */
  const urls = [];
  server.on("connection", (socket, request) => {
    urls.push(request.url, request.headers.authorization);
    socket.on("message", (data) => {
      said.push(`${data}`);
      socket.send(notification(said[0]?.split("-")[3] ?? "", "handshake", 0));
    });
  });
  const { transport } = offers(() => url);
  const subscriber = await solicit.subscriber({
    ...{ servers: { home: base }, server: "home", subscription, transport },
    sockets: new Sockets({ WebSocket }),
  });
  t.after(() => subscriber.stop());
  await isIn(subscriber, "active");
  assert.match(said[0] ?? "", /^bind-with-token secret-\d+-1$/);
  assert.deepEqual(urls, ["/ws", undefined]);
  const [client] = server.clients;
  const id = said[0]?.split("-")[3] ?? "";
  client?.send(notification(id, "event-notification", 1, "Task/7"));
  const news = await until(subscriber.updates(), "news", ({ about }) => about !== "everything");
  assert.deepEqual(news.about, { only: [`${base}/Task/7`] });
  assert(!JSON.stringify(subscriber.save()).includes("secret-"), "a token is not stored");
});

test("a socket that closes is opened again by itself", async (t) => {
  const { server, url, base } = await socketServer(t);
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    socket.on("message", (data) => socket.send(notification(`${data}`.split("-")[3] ?? "", "handshake", 0)));
  });
  const { transport } = offers(() => url);
  const options = { servers: { home: base }, server: "home", subscription, transport };
  const subscriber = await solicit.subscriber({ ...options, sockets: new Sockets({ WebSocket }) });
  t.after(() => subscriber.stop());
  await isIn(subscriber, "active");
  const [first, second] = [subscriber.updates(), subscriber.updates()];
  for (const client of server.clients) client.terminate();
  await until(first, "subscription", ({ watching }) => watching.until === undefined);
  await until(second, "subscription", ({ watching }) => watching.until !== undefined);
  assert.equal(connections, 2);
});

/** A socket that does what a test says. */
class Puppet {
  /** @type {Puppet[]} */
  static all = [];
  /** @type {string[]} */
  sent = [];
  closed = false;
  /** @type {Record<string, ((event: any) => void)[]>} */
  listeners = {};
  constructor(/** @type {string} */ url) {
    this.url = url;
    Puppet.all.push(this);
  }
  send(/** @type {string} */ text) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  addEventListener(/** @type {string} */ event, /** @type {(event: any) => void} */ listener) {
    this.listeners[event] = [...(this.listeners[event] ?? []), listener];
  }
  /** @param {string} event @param {object} [detail] */
  happens(event, detail = {}) {
    for (const listener of this.listeners[event] ?? []) listener(detail);
  }
}

class Ear {
  /** @type {string[]} */
  heard = [];
  closings = 0;
  message = (/** @type {string} */ text) => this.heard.push(text);
  closed = () => {
    this.closings += 1;
  };
}

function puppets() {
  Puppet.all = [];
  return new Sockets({ WebSocket: Puppet });
}

test("one socket for many subscriptions of one URL, which closes with the last", () => {
  const sockets = puppets();
  const [one, two, other] = [new Ear(), new Ear(), new Ear()];
  sockets.connect(one, "wss://a/ws", "first");
  const [socket] = Puppet.all;
  assert.deepEqual(socket?.sent, [], "nothing is said before it is open");
  socket?.happens("open");
  sockets.connect(two, "wss://a/ws", "second");
  sockets.connect(other, "wss://b/ws", "third");
  sockets.connect(one, "wss://a/ws", "again");
  assert.deepEqual([Puppet.all.length, socket?.sent], [2, ["first", "second", "again"]]);
  socket?.happens("message", { data: "x" });
  assert.deepEqual([one.heard, two.heard, other.heard], [["x"], ["x"], []]);
  sockets.disconnect(one);
  assert.equal(socket?.closed, false);
  sockets.disconnect(two);
  assert.equal(socket?.closed, true);
  assert.deepEqual([one.closings, two.closings], [0, 0], "who leaves is not told");
});

test("whoever has a socket is told once that it has closed", () => {
  const sockets = puppets();
  const [one, two] = [new Ear(), new Ear()];
  sockets.connect(one, "wss://a/ws", "first");
  sockets.connect(two, "wss://a/ws", "second");
  Puppet.all[0]?.happens("error");
  Puppet.all[0]?.happens("close");
  assert.deepEqual([one.closings, two.closings], [1, 1]);
});

test("a server that takes one token a socket gets a socket for each", () => {
  const sockets = puppets();
  const [one, two] = [new Ear(), new Ear()];
  sockets.connect(one, "wss://a/ws", "first");
  Puppet.all[0]?.happens("open");
  Puppet.all[0]?.happens("message", { data: "handshake" });
  sockets.connect(two, "wss://a/ws", "second");
  Puppet.all[0]?.happens("close");
  sockets.connect(one, "wss://a/ws", "first");
  sockets.connect(two, "wss://a/ws", "second");
  assert.equal(Puppet.all.length, 3);
});

test("what is no text, or too much of it, is not passed on", () => {
  const sockets = puppets();
  const ear = new Ear();
  sockets.connect(ear, "wss://a/ws", "x");
  for (const data of [new ArrayBuffer(8), "x".repeat((1 << 20) + 1), "ok"])
    Puppet.all[0]?.happens("message", { data });
  assert.deepEqual(ear.heard, ["ok"]);
});

test("a socket that cannot be made counts as one that has closed", async () => {
  const ear = new Ear();
  const sockets = new Sockets({
    WebSocket: class extends Puppet {
      constructor(/** @type {string} */ url) {
        super(url);
        throw new Error("the policy of the page forbids it");
      }
    },
  });
  sockets.connect(ear, "wss://a/ws", "x");
  await Promise.resolve();
  assert.equal(ear.closings, 1);
});

test("without a WebSocket nothing begins, and the error says what to do", async () => {
  const options = { servers, server: "home", subscription, transport: offers(() => "").transport };
  const sockets = new Sockets({ WebSocket: /** @type {any} */ (null) });
  assert.equal(sockets.available, false);
  await assert.rejects(solicit.subscriber({ ...options, sockets }), {
    kind: "argument",
    message: /package ws/,
  });
});

test("a notification is handed over by the application, in any form, and makes those who share look", async (t) => {
  const channel = /** @type {const} */ ({ type: "rest-hook", endpoint: "https://relay.example/in/payer" });
  const { transport } = offers(() => "");
  const subscriber = await solicit.subscriber({
    servers,
    server: "home",
    subscription: { channel },
    transport,
  });
  t.after(() => subscriber.stop());
  const id = `${subscriptions}`;
  let told = 0;
  const stop = new AbortController();
  const inbox = await solicit.inbox({
    servers,
    signal: stop.signal,
    transport: async ({ url }) => {
      if (url.startsWith("Task")) told += 1;
      return {
        status: 200,
        headers: {},
        body: JSON.stringify({ resourceType: "Bundle", type: "searchset" }),
      };
    },
  });
  t.after(() => stop.abort());
  subscriber.share(inbox);
  await subscriber.ingestNotification(notification(id, "handshake", 0));
  await isIn(subscriber, "active");
  const before = told;
  const updates = subscriber.updates();
  await subscriber.ingestNotification(JSON.parse(notification(id, "event-notification", 1, "Task/1")));
  await subscriber.ingestNotification(
    new TextEncoder().encode(notification(id, "event-notification", 1, "Task/1")),
  );
  await until(updates, "news");
  assert(told >= before, "it has looked, or will once five seconds have passed since it last did");
  await subscriber.ingestNotification("<html>no notification</html>");
});

test("a subscriber goes on where it was saved", async (t) => {
  const { server, url, base } = await socketServer(t);
  server.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(notification(`${data}`.split("-")[3] ?? "", "handshake", 0)));
  });
  const { transport, asked } = offers(() => url);
  const sockets = new Sockets({ WebSocket });
  const first = await solicit.subscriber({
    servers: { home: base },
    server: "home",
    subscription,
    transport,
    sockets,
  });
  await isIn(first, "active");
  const saved = JSON.parse(JSON.stringify(first.save()));
  first.stop();
  const again = await solicit.resume(saved, { transport, sockets });
  t.after(() => again.stop());
  assert(again.actor === "subscriber");
  await until(again.updates(), "news");
  assert.equal(
    asked.filter((one) => one.startsWith("POST Subscription")).length,
    1,
    "it is not created again",
  );
});
