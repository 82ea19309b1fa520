// @ts-check
/** Where servers listen, and since when. */
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

/** A port of loopback that nobody listens at. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(address)));
    });
  });
}

/**
 * Resolves once `url` is answered at all.
 * @param {string} url
 * @param {import("node:child_process").ChildProcess} child who is to answer
 * @param {() => void} stop called where nobody does
 */
export async function listening(url, child, stop) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && child.exitCode === null) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch {
      await setTimeout(100);
    }
  }
  stop();
  throw new Error(`the server at ${url} did not start`);
}
