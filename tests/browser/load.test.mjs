// @ts-check
/** The built package in a browser: without a bundler, inside a bundle, and under a content security policy. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { build } from "esbuild";
import { ROOT } from "../setup/run.mjs";
import { browse, serve } from "./browser.mjs";

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
const DIST = new URL("../../js/dist/", import.meta.url);

const PAGE = `<!doctype html><script type="importmap">${JSON.stringify({
  imports: {
    "fhir-solicit": "/index.js",
    "fhir-solicit/validate": "/validate.js",
    "#load": "/load/browser.js",
  },
})}</script>`;

/** @param {string} path */
const dist = (path) => (path === "/" ? PAGE : new URL(`.${path}`, DIST));

/**
 * What loading the package from a server with these headers gives, and the requests for wasm it makes.
 * @param {import("node:test").TestContext} t @param {(path: string) => Record<string, string>} [headers]
 */
async function loadFrom(t, headers) {
  const origin = await serve(t, dist, headers);
  const page = await (await browse(t)).newPage();
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => {
    if (request.url().endsWith(".wasm")) requests.push(request.url());
  });
  await page.goto(origin);
  const imported = await page.evaluate(async () => {
    const before = Object.keys(globalThis).length;
    await import("fhir-solicit");
    return Object.keys(globalThis).length - before;
  });
  assert.equal(imported, 0, "importing adds no global");
  assert.deepEqual(requests, [], "importing requests nothing");
  const loaded = await page.evaluate(async () => {
    const { LoadError, loadSolicit } = await import("fhir-solicit");
    try {
      const [solicit] = await Promise.all([loadSolicit(), loadSolicit()]);
      return { version: solicit.version() };
    } catch (error) {
      return error instanceof LoadError ? { fault: error.fault, message: error.message } : { error };
    }
  });
  return { loaded, requests };
}

test("loads without a bundler, once", async (t) => {
  const { loaded, requests } = await loadFrom(t);
  assert.deepEqual(loaded, { version });
  assert.equal(requests.length, 1);
});

test("a page that only checks fetches the validator, and nothing that exchanges", async (t) => {
  const origin = await serve(t, dist);
  const page = await (await browse(t)).newPage();
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(origin);
  const errors = await page.evaluate(async () => {
    const { loadValidator } = await import("fhir-solicit/validate");
    const { validate } = await loadValidator();
    return validate('{ "resourceType": "Task", "status": "requested" }').errors;
  });
  assert.equal(errors, 1);
  assert.deepEqual(
    requests.filter((path) => path.endsWith(".wasm")),
    ["/fhir_validator_bg.wasm"],
  );
  const scripts = requests.filter((path) => path.endsWith(".js"));
  const texts = scripts.map((path) => readFileSync(new URL(`.${path}`, DIST), "utf8")).join("\n");
  assert.match(texts, /mustSupport/, "what checks is in them");
  assert.doesNotMatch(texts, /draftAttachments|beginContent/, "what exchanges is not");
});

test("loads where the server does not know the type of wasm", async (t) => {
  const { loaded } = await loadFrom(t, (path) =>
    path.endsWith(".wasm") ? { "content-type": "application/octet-stream" } : {},
  );
  assert.deepEqual(loaded, { version });
});

test("loads under a policy that allows wasm, and names what to add to one that does not", async (t) => {
  const policy = (/** @type {string} */ extra) => () => ({
    "content-security-policy": `script-src 'self' 'unsafe-inline' ${extra}`,
  });
  assert.deepEqual((await loadFrom(t, policy("'wasm-unsafe-eval'"))).loaded, { version });
  const { loaded } = await loadFrom(t, policy(""));
  assert.equal(loaded.fault, "csp");
  assert.match(loaded.message ?? "", /'wasm-unsafe-eval'/);
});

/** A page with one file, and what loading the inline entry from it gives. @param {import("node:test").TestContext} t @param {Record<string, string>} [headers] */
async function loadBundled(t, headers) {
  const entry = `import { LoadError, loadSolicit } from "fhir-solicit/inline";
    loadSolicit().then(
      (solicit) => { document.title = solicit.version() },
      (error) => { document.title = error instanceof LoadError ? error.fault + ": " + error.message : "other" },
    );`;
  const { outputFiles, warnings } = await build({
    stdin: { contents: entry, resolveDir: ROOT },
    bundle: true,
    write: false,
  });
  assert.deepEqual(warnings, []);
  const [bundle] = outputFiles;
  assert(bundle);
  const files = new Map([
    ["/", '<!doctype html><script src="bundle.js"></script>'],
    ["/bundle.js", bundle.text],
  ]);
  const origin = await serve(
    t,
    (path) => files.get(path),
    () => headers ?? {},
  );
  const page = await (await browse(t)).newPage();
  await page.goto(origin);
  await page.waitForFunction(() => document.title !== "");
  return page.title();
}

test("loads from one bundled file", async (t) => {
  assert.equal(await loadBundled(t), version);
});

test("the bundled file, too, names what to add to the policy", async (t) => {
  const policy = (/** @type {string} */ extra) => ({
    "content-security-policy": `script-src 'self' ${extra}`,
  });
  assert.equal(await loadBundled(t, policy("'wasm-unsafe-eval'")), version);
  assert.match(await loadBundled(t, policy("")), /^csp: .*'wasm-unsafe-eval'/);
});
