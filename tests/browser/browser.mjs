// @ts-check
/** A browser, and a server for the files it is to see. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM } from "../setup/chromium.mjs";

const TYPES = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript"],
  [".css", "text/css"],
  [".json", "application/json"],
  [".wasm", "application/wasm"],
]);

/** Starts the browser; closed when the test that `t` stands for has ended. */
export async function browse(/** @type {import("node:test").TestContext} */ t) {
  const args = ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  t.after(() => browser.close());
  return browser;
}

/**
 * Serves files on loopback until the test has ended.
 * @param {import("node:test").TestContext} t
 * @param {(path: string) => URL | string | undefined} find a file, or the text of a page
 * @param {(path: string) => Record<string, string>} [headers] to add to an answer, or to change in it
 * @returns {Promise<string>} the origin
 */
export async function serve(t, find, headers = () => ({})) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    try {
      const found = find(pathname);
      if (found === undefined) throw new Error("no such file");
      const body = found instanceof URL ? await readFile(found) : found;
      const type = TYPES.get(extname(pathname) || ".html") ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, ...headers(pathname) }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  t.after(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return `http://127.0.0.1:${address.port}`;
}
