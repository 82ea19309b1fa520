// @ts-check
/** The compiler of packs in a browser: a package is fetched, compiled and checked against without leaving the page. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ROOT } from "../setup/run.mjs";
import { browse, serve } from "./browser.mjs";

/** @typedef {import("node:test").TestContext} TestContext */

const DIST = new URL("../../js/dist/", import.meta.url);
const PROFILE = "http://example.org/StructureDefinition/our-task";

const PAGE = `<!doctype html><script type="importmap">${JSON.stringify({
  imports: { "fhir-solicit": "/index.js", "fhir-solicit/pack": "/pack.js", "#load": "/load/browser.js" },
})}</script>`;

/** A guide of two resources, as the archive that is published. @param {TestContext} t */
function archive(t) {
  const folder = mkdtempSync(join(tmpdir(), "fhir-solicit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "package"));
  const files = {
    "package.json": { name: "guide", version: "1", dependencies: { other: "2" } },
    "StructureDefinition-our-task.json": {
      resourceType: "StructureDefinition",
      url: PROFILE,
      kind: "resource",
      type: "Task",
      derivation: "constraint",
      baseDefinition: "http://hl7.org/fhir/StructureDefinition/Task",
      differential: { element: [{ path: "Task.description", min: 1 }] },
    },
    "SearchParameter-mine.json": { resourceType: "SearchParameter", id: "mine" },
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, "package", name), JSON.stringify(content));
  execFileSync("tar", ["-czf", join(folder, "guide.tgz"), "-C", folder, "package"]);
  return pathToFileURL(join(folder, "guide.tgz"));
}

/**
 * A page with the package, and the modules it fetches.
 * @param {TestContext} t @param {(path: string) => Record<string, string>} [headers]
 */
async function open(t, headers) {
  const guide = archive(t);
  /** @param {string} path */
  const find = (path) => (path === "/" ? PAGE : path === "/guide.tgz" ? guide : new URL(`.${path}`, DIST));
  const origin = await serve(t, find, headers);
  const page = await (await browse(t)).newPage();
  /** @type {string[]} */
  const fetched = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (/\.(wasm|pack)$/.test(pathname)) fetched.push(pathname);
  });
  await page.goto(origin);
  return { page, fetched };
}

test("compiles what was fetched, and checks against it", async (t) => {
  const { page, fetched } = await open(t);
  await page.evaluate(() => import("fhir-solicit/pack"));
  assert.deepEqual(fetched, [], "importing fetches nothing");
  const found = await page.evaluate(async (profile) => {
    const [{ loadSolicit }, { compilePack }] = await Promise.all([
      import("fhir-solicit"),
      import("fhir-solicit/pack"),
    ]);
    const solicit = await loadSolicit();
    const guide = await (await fetch("/guide.tgz")).arrayBuffer();
    const [first] = await Promise.all(["guide", "again"].map((id) => compilePack([guide], { id })));
    if (!first) throw new Error("nothing was compiled");
    const { pack, ...rest } = first;
    await solicit.loadPack(pack);
    const check = (/** @type {object} */ more) => {
      const task = { resourceType: "Task", status: "requested", intent: "order", ...more };
      const { issues } = solicit.validate(task, { profiles: [profile] });
      return issues.filter(({ severity }) => severity === "error").map(({ expression }) => expression);
    };
    return { rest, with: check({ description: "x" }), without: check({}) };
  }, PROFILE);
  assert.deepEqual(found.rest, {
    profiles: [PROFILE],
    leftOut: [],
    missing: ["other 2"],
    unused: { SearchParameter: ["SearchParameter-mine.json"] },
  });
  assert.deepEqual([found.with, found.without], [[], ["Task.description"]]);
  const count = fetched.filter((path) => path === "/pack_compiler_bg.wasm").length;
  assert.equal(count, 1, "two compile, one fetches");
});

/** @param {import("playwright-core").Page} page */
const fault = (page) =>
  page.evaluate(async () => {
    const { compilePack, LoadError } = await import("fhir-solicit/pack");
    const main = await import("fhir-solicit");
    try {
      await compilePack([await (await fetch("/guide.tgz")).arrayBuffer()], { id: "guide" });
      return "compiled";
    } catch (error) {
      if (!(error instanceof LoadError && error instanceof main.LoadError)) return String(error);
      return { fault: error.fault, message: error.message };
    }
  });

test("compiles under a policy that allows wasm, and names what to add to one that does not", async (t) => {
  const policy = (/** @type {string} */ extra) => () => ({
    "content-security-policy": `script-src 'self' 'unsafe-inline' ${extra}`,
  });
  assert.equal(await fault((await open(t, policy("'wasm-unsafe-eval'"))).page), "compiled");
  const refused = await fault((await open(t, policy(""))).page);
  assert(typeof refused === "object");
  assert.equal(refused.fault, "csp");
  assert.match(refused.message, /'wasm-unsafe-eval'/);
});

test("says what stands in the place of the compiler", async (t) => {
  const { page } = await open(t);
  await page.route("**/pack_compiler_bg.wasm", (route) => route.fulfill({ body: "<!doctype html>" }));
  const refused = await fault(page);
  assert(typeof refused === "object");
  assert.equal(refused.fault, "not-wasm");
  assert.match(refused.message, /pack_compiler_bg\.wasm/);
  await page.unroute("**/pack_compiler_bg.wasm");
  assert.equal(await fault(page), "compiled", "a later call tries again");
});

test("compiles from one bundled file that is told where the compiler is", async (t) => {
  const entry = `import { loadSolicit } from "fhir-solicit/inline";
    import { compilePack } from "fhir-solicit/pack";
    const solicit = await loadSolicit();
    const guide = await (await fetch("/guide.tgz")).arrayBuffer();
    const [module, r4] = ["/pack_compiler_bg.wasm", "/packs/r4.pack"].map((path) => new URL(path, location.href));
    const { pack } = await compilePack([guide], { id: "guide", module, r4 });
    document.title = await solicit.loadPack(pack);`;
  const { outputFiles, warnings } = await build({
    stdin: { contents: entry, resolveDir: ROOT },
    bundle: true,
    format: "esm",
    write: false,
  });
  assert.deepEqual(warnings, []);
  const [bundle] = outputFiles;
  assert(bundle);
  const guide = archive(t);
  const served = new Map([
    ["/", '<!doctype html><script type="module" src="bundle.js"></script>'],
    ["/bundle.js", bundle.text],
  ]);
  const files = ["/pack_compiler_bg.wasm", "/packs/r4.pack"];
  const origin = await serve(t, (path) => {
    if (path === "/guide.tgz") return guide;
    return files.includes(path) ? new URL(`.${path}`, DIST) : served.get(path);
  });
  const page = await (await browse(t)).newPage();
  await page.goto(origin);
  await page.waitForFunction(() => document.title !== "");
  assert.equal(await page.title(), "guide");
});
