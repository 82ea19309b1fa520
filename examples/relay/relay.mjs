// @ts-check
/**
 * A relay: notifications of subscriptions come in as POSTs from FHIR servers, and go out as server-sent events to
 * the pages that wait for them.
 *
 * A page cannot be POSTed to; this can. It is a pipe and no more: it stores nothing, logs nothing, and reads nothing
 * of what passes through. A notification that comes while no page listens is gone, which its subscriber finds by the
 * number of the next one. Let servers send `id-only` or `empty` notifications: then no patient's data passes at all.
 *
 * | request | who | secret |
 * | --- | --- | --- |
 * | `POST /in/NAME` | the FHIR server, as `channel.endpoint` and `channel.header` say | `hook` of the subscriber |
 * | `GET /feed/NAME` | the page | `feed` of the subscriber |
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { streamSSE } from "hono/streaming";

/** A notification has some hundred bytes, and one of a thousand events some hundred thousand. */
const MOST_BYTES = 1 << 20;
/** Pages of one subscriber that listen at once. */
const MOST_FEEDS = 16;
/** Notifications that wait for one slow page; it is cut off then, connects anew, and finds what it has missed. */
const MOST_WAITING = 64;
/** Proxies cut connections over which nothing comes. */
const KEEP_ALIVE = 25_000;

/**
 * @typedef {object} Subscriber
 * @property {string} hook what the FHIR server shows
 * @property {string} feed what the page shows
 *
 * @typedef {{ waiting: string[], wake: () => void, isCut: boolean }} Feed
 */

/**
 * @param {object} options
 * @param {Record<string, Subscriber>} options.subscribers by name
 * @param {string[]} [options.origins] of the pages that may listen
 */
export function relay({ subscribers, origins = [] }) {
  const app = new Hono();
  /** @type {Map<string, Set<Feed>>} */
  const feeds = new Map();

  /** Whoever guesses names learns no more than who guesses secrets. @param {"hook" | "feed"} kind */
  const only = (kind) =>
    bearerAuth({
      verifyToken: (token, context) => {
        const name = context.req.param("name") ?? "";
        const subscriber = Object.hasOwn(subscribers, name) ? subscribers[name] : undefined;
        return isSame(token, subscriber?.[kind] ?? "") && subscriber !== undefined;
      },
    });

  app.use("/feed/*", cors({ origin: origins, allowHeaders: ["Authorization", "Last-Event-ID"] }));

  app.post("/in/:name", only("hook"), bodyLimit({ maxSize: MOST_BYTES }), async (context) => {
    if (!/^application\/(fhir\+)?json\b/.test(context.req.header("content-type") ?? ""))
      return context.body(null, 415);
    const notification = await context.req.text();
    for (const feed of feeds.get(context.req.param("name")) ?? []) {
      if (feed.waiting.length < MOST_WAITING) feed.waiting.push(notification);
      else feed.isCut = true;
      feed.wake();
    }
    // Nobody may be listening. That is no fault of the server's, which would end the subscription over it.
    return context.body(null, 204);
  });

  app.get("/feed/:name", only("feed"), (context) => {
    const name = context.req.param("name");
    const listening = feeds.get(name) ?? new Set();
    if (listening.size >= MOST_FEEDS) return context.body(null, 429);
    feeds.set(name, listening);
    context.header("Cache-Control", "no-store");
    return streamSSE(context, async (stream) => {
      /** @type {Feed} */
      const feed = { waiting: [], wake: () => {}, isCut: false };
      listening.add(feed);
      stream.onAbort(() => {
        feed.isCut = true;
        feed.wake();
      });
      try {
        await stream.write(": listening\n\n");
        while (!feed.isCut) {
          const next = feed.waiting.shift();
          if (next !== undefined) await stream.writeSSE({ data: next });
          else if (!(await somethingComes(feed))) await stream.write(": still here\n\n");
        }
      } finally {
        listening.delete(feed);
      }
    });
  });

  return app;
}

/** Waits for a notification; `false` where none came for a while. @param {Feed} feed @returns {Promise<boolean>} */
function somethingComes(feed) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), KEEP_ALIVE);
    feed.wake = () => {
      clearTimeout(timer);
      resolve(true);
    };
  });
}

/** In a time that does not tell how much of it is right. @param {string} given @param {string} secret */
function isSame(given, secret) {
  const hash = (/** @type {string} */ text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(secret));
}
