// @ts-check
/** The loader, in Node: one door, one attempt at a time, and errors that say who can mend them. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { listen } from "./listen.mjs";

const PACKAGE = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
const WASM = new URL("../../js/dist/fhir_solicit_bg.wasm", import.meta.url);

/**
 * What an expression gives in a Node process of its own, where nothing has been loaded yet.
 * @param {string} code may use `loadSolicit`
 * @param {string} [entry]
 */
async function fresh(code, entry = "fhir-solicit") {
  const module = `import { readFile } from "node:fs/promises"; import { loadSolicit } from "${entry}";
    const wasm = new URL("${WASM}");
    console.log(JSON.stringify(await (${code})))`;
  const cwd = new URL("../..", import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", module], {
    cwd,
  });
  return JSON.parse(stdout);
}

/** @param {string} source an expression @param {string} [entry] */
const version = (source, entry) => fresh(`loadSolicit(${source}).then((it) => it.version())`, entry);

test("loads what lies beside it", async () => assert.equal(await version(""), PACKAGE.version));

test("loads from an address, bytes, and a compiled module", async () => {
  assert.equal(await version("wasm"), PACKAGE.version);
  assert.equal(await version("await readFile(wasm)"), PACKAGE.version);
  assert.equal(await version("await WebAssembly.compile(await readFile(wasm))"), PACKAGE.version);
});

test("loads the inline entry without the file", async () => {
  assert.equal(await version("", "fhir-solicit/inline"), PACKAGE.version);
});

test("loads the validator from its own module", async () => {
  const module = (/** @type {string} */ source) => `import("fhir-solicit/validate")
    .then(async ({ loadValidator }) => (await loadValidator(${source})).version())`;
  assert.equal(await fresh(module("")), PACKAGE.version);
  assert.equal(
    await fresh(module('await readFile(new URL("fhir_validator_bg.wasm", wasm))')),
    PACKAGE.version,
  );
});

test("loads from the disk without what Node has for the network, which takes longer to load", async () => {
  const code = (/** @type {string} */ entry, /** @type {string} */ door) => `(async () => {
    const asked = [];
    for (const name of ["fetch", "Request", "Response"]) {
      Object.defineProperty(globalThis, name, { get: () => void asked.push(name) });
    }
    const { validate } = await (await import("${entry}")).${door}();
    return [asked, validate('{ "resourceType": "Task", "status": "requested" }').errors];
  })()`;
  assert.deepEqual(await fresh(code("fhir-solicit", "loadSolicit")), [[], 1]);
  assert.deepEqual(await fresh(code("fhir-solicit/validate", "loadValidator")), [[], 1]);
  assert.deepEqual(await fresh(code("fhir-solicit/inline", "loadSolicit"), "fhir-solicit/inline"), [[], 1]);
});

test("many calls load once", async () => {
  const code = `(async () => {
    const compile = WebAssembly.compile; let compiled = 0;
    WebAssembly.compile = (bytes) => { compiled += 1; return compile(bytes) };
    await Promise.all([loadSolicit(), loadSolicit(), loadSolicit()]);
    await loadSolicit();
    return compiled;
  })()`;
  assert.equal(await fresh(code), 1);
});

test("a failed load can be tried again", async () => {
  const code = `(async () => [
    await loadSolicit(new URL("file:///nowhere.wasm")).catch((error) => error.fault),
    (await loadSolicit()).version(),
  ])()`;
  assert.deepEqual(await fresh(code), ["unreachable", PACKAGE.version]);
});

test("loads over HTTP whatever the content type, and says what stood in its place", async (t) => {
  const wasm = await readFile(WASM);
  /** @type {Record<string, [number, string, string | Buffer]>} */
  const pages = {
    "/streams.wasm": [200, "application/wasm", wasm],
    "/unknown.wasm": [200, "application/octet-stream", wasm],
    "/page.wasm": [200, "text/html", "<!doctype html>"],
  };
  const origin = await listen(t, (request, response) => {
    const [status, type, body] = pages[request.url ?? ""] ?? [404, "text/plain", "no"];
    response.writeHead(status, { "content-type": type }).end(body);
  });
  const { loadSolicit } = await import("fhir-solicit");
  const url = (/** @type {string} */ path) => new URL(path, origin);

  await assert.rejects(loadSolicit(url("/page.wasm")), { fault: "not-wasm", message: /page\.wasm/ });
  await assert.rejects(loadSolicit(url("/gone.wasm")), { fault: "unreachable", message: /gone\.wasm.*404/ });
  await assert.rejects(loadSolicit(await fetch(url("/page.wasm"))), { fault: "not-wasm" });
  for (const path of ["/streams.wasm", "/unknown.wasm"]) {
    assert.equal(await version(`new URL("${url(path)}")`), PACKAGE.version, path);
  }
});
