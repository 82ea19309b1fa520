// @ts-check
/** The page with both desks, bundled and served. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { SetupError } from "../../tests/setup/run.mjs";

const page = (/** @type {string} */ name) => new URL(`page/${name}`, import.meta.url);

/** HL7's example, read from its package and served from there: it is not ours to copy. */
export const EXAMPLE = new URL(
  "../../node_modules/hl7.fhir.r4.examples/CommunicationRequest-fm-solicit.json",
  import.meta.url,
);

/** One bundle of page/main.ts and the package, without the wasm module, which is served beside it. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(page("main.ts"))],
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["browser"],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** @param {import("./servers.mjs").Bases} bases the two servers are all that the page may talk to */
function headers(bases) {
  const servers = Object.values(bases).map((base) => new URL(base).origin);
  const policy = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "connect-src": ["'self'", ...servers],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
    "require-trusted-types-for": ["'script'"],
  };
  return {
    "content-security-policy": Object.entries(policy)
      .map(([name, sources]) => `${name} ${sources.join(" ")}`)
      .join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  };
}

/**
 * Serves the page on loopback.
 *
 * @param {number} port 0 for any that is free
 * @param {import("./servers.mjs").Bases} bases
 * @returns {Promise<{ url: string, stop(): void }>}
 */
export async function serveSite(port, bases) {
  /** @type {Record<string, [type: string, content: string | URL]>} */
  const files = {
    "/": ["text/html; charset=utf-8", page("index.html")],
    "/style.css": ["text/css; charset=utf-8", page("style.css")],
    "/icon.svg": ["image/svg+xml", page("icon.svg")],
    "/main.js": ["text/javascript; charset=utf-8", await bundle()],
    "/fhir_solicit_bg.wasm": [
      "application/wasm",
      new URL(import.meta.resolve("fhir-solicit/fhir_solicit_bg.wasm")),
    ],
    "/servers.json": ["application/json", JSON.stringify(bases)],
    "/example.json": ["application/fhir+json", EXAMPLE],
  };
  const always = headers(bases);
  const server = createServer(async (request, response) => {
    const [type, content] = files[new URL(request.url ?? "/", "http://localhost").pathname] ?? [];
    if (!type || !content) return response.writeHead(404, always).end();
    try {
      const body = content instanceof URL ? await readFile(content) : content;
      response.writeHead(200, { ...always, "content-type": type }).end(body);
    } catch (error) {
      console.error(`error: ${content} cannot be read: ${error instanceof Error ? error.message : error}`);
      response.writeHead(500, always).end();
    }
  });
  await new Promise((listening, failed) => {
    server.once("error", (error) => failed(explain(error, port)));
    server.listen(port, "127.0.0.1", () => listening(undefined));
  });
  const address = server.address();
  const bound = typeof address === "object" ? address?.port : port;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${bound}/`, stop };
}

/** @param {Error & { code?: string }} error @param {number} port */
function explain(error, port) {
  const remedy = "choose another with --port N, or --port 0 for any that is free";
  if (error.code === "EADDRINUSE") return new SetupError(`Port ${port} is taken: ${remedy}.`);
  if (error.code === "EACCES") return new SetupError(`Port ${port} is not open to you: ${remedy}.`);
  return error;
}
