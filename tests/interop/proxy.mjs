// @ts-check
/** A proxy between a client and a server that does to requests what networks and gateways do to them. */
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";

/**
 * @typedef {object} Forwarded
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {string} body
 *
 * What a fault makes of a request: an answer, part of one, or none where the connection is to break.
 * @typedef {(forward: () => Promise<Forwarded>) => Promise<(Forwarded & { cut?: true }) | undefined>} Fault
 */

const refusal = (/** @type {number} */ status) => async () => ({
  status,
  headers: { "retry-after": "1", "content-type": "text/html" },
  body: "<!DOCTYPE html><title>The gateway speaks</title>",
});

/** @type {Record<string, Fault>} */
export const FAULTS = {
  slow: (forward) => setTimeout(200).then(forward),
  "429 with Retry-After": refusal(429),
  "cut off": async (forward) => ({ ...(await forward()), cut: true }),
  "request lost": async () => undefined,
  duplicated: (forward) => forward().then(forward),
  "503 with Retry-After": refusal(503),
  "response lost": async (forward) => void (await forward()),
  "headers hidden": async (forward) => {
    const { headers, ...answer } = await forward();
    const hidden = ["etag", "location", "last-modified", "content-location"];
    return {
      ...answer,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !hidden.includes(name))),
    };
  },
};

/**
 * Stands in front of the server at `target`; every other request meets the next of the faults.
 * @param {string} target its base URL
 */
export async function proxy(target) {
  const path = new URL(target).pathname.replace(/\/$/, "");
  const faults = Object.values(FAULTS);
  let met = 0;
  let base = "";

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async function answer(request, response) {
    request.setEncoding("utf8");
    let sent = "";
    for await (const part of request) sent += part;
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(
        ([name]) => !["host", "connection", "content-length"].includes(name),
      ),
    );
    const forward = async () => {
      const url = new URL(target);
      const forwarded = await fetch(url.origin + (request.url ?? path).replaceAll(base, target), {
        method: request.method ?? "GET",
        headers: /** @type {Record<string, string>} */ (headers),
        ...(sent && { body: sent.replaceAll(base, target) }),
      });
      const body = (await forwarded.text()).replaceAll(target, base);
      const dropped = ["content-length", "content-encoding", "transfer-encoding", "connection"];
      const kept = [...forwarded.headers]
        .filter(([name]) => !dropped.includes(name))
        .map(([name, value]) => [name, value.replaceAll(target, base)]);
      return { status: forwarded.status, headers: Object.fromEntries(kept), body };
    };
    met += 1;
    const fault = met % 2 === 0 ? faults[(met / 2) % faults.length] : undefined;
    const came = await (fault ? fault(forward) : forward());
    if (!came) {
      response.destroy();
      return;
    }
    const body = Buffer.from(came.body);
    const length = body.length > 0 ? { "content-length": String(body.length) } : {};
    response.writeHead(came.status, { ...came.headers, ...length, connection: "close" });
    if ("cut" in came && body.length > 1) {
      response.write(body.subarray(0, body.length / 2), () => response.destroy());
    } else {
      response.end(body);
    }
  }

  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
  base = `http://127.0.0.1:${address.port}${path}`;
  return {
    base,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
