// @ts-check
/** A server of the test's own on loopback. */
import assert from "node:assert/strict";
import { createServer } from "node:http";

/**
 * Listens until the test ends.
 * @param {import("node:test").TestContext} t
 * @param {import("node:http").RequestListener} answer
 * @returns {Promise<string>} its origin
 */
export async function listen(t, answer) {
  const server = createServer(answer);
  await new Promise((done) => server.listen(0, "127.0.0.1", () => done(undefined)));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert(address && typeof address === "object");
  return `http://127.0.0.1:${address.port}`;
}
