// @ts-check
/**
 * Builds the npm package into js/dist: the wasm crate, made small by wasm-opt, and the TypeScript around it.
 * A step runs only if an input of it has changed since it last succeeded.
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureOrExit } from "../tests/setup.mjs";
import { ROOT, run, seconds } from "../tests/setup/run.mjs";
import { TOOLS_PATH } from "../tests/setup/tools.mjs";
import { wasmEnv } from "../tests/setup/wasm-target.mjs";

const PKG = "target/wasm-pkg";
const DIST = "js/dist";
const PACKS = "core/validator/packs";
const GLUE = glue("fhir_solicit");
/** The validator alone, for those who do not exchange anything. */
const VALIDATOR_PKG = "target/wasm-validator-pkg";
const VALIDATOR_GLUE = glue("fhir_validator");
/** The compiler of packs, which only those fetch who compile packages at run time. */
const COMPILER_PKG = "target/wasm-compiler-pkg";
const COMPILER_GLUE = glue("pack_compiler");

/** What belongs to the module alone: the native benchmarks race against some of these crates. */
const SMALL = ["--config", 'profile.release.package."*".opt-level = "s"'];
/** What has one caller stays by itself: inside of that it compresses worse, and is no faster. */
const APART = "--one-caller-inline-max-function-size=0";
/** What is called alike is alike, and compresses better side by side. */
const SORTED = "--reorder-functions-by-name";

/** What is imported by its name: the exports of the package, and how files are read. */
const ENTRIES = ["index.js", "inline.js", "validate.js", "pack.js", "load/node.js", "load/browser.js"];

const STEPS = [
  {
    name: "wasm",
    inputs: [
      "Cargo.lock",
      "Cargo.toml",
      ".cargo",
      "core/Cargo.toml",
      "core/derive",
      "core/src",
      "core/validator",
      "wasm",
    ],
    outputs: GLUE.map((name) => `${PKG}/${name}`),
    make: () => wasm("wasm", "fhir_solicit", PKG),
  },
  {
    name: "validator",
    inputs: ["Cargo.lock", "Cargo.toml", ".cargo", "core/derive", "core/validator", "wasm/validator"],
    outputs: VALIDATOR_GLUE.map((name) => `${VALIDATOR_PKG}/${name}`),
    make: () => wasm("wasm/validator", "fhir_validator", VALIDATOR_PKG),
  },
  {
    name: "compiler",
    inputs: [
      "Cargo.lock",
      "Cargo.toml",
      ".cargo",
      "core/compiler",
      "core/derive",
      "core/validator",
      "wasm/compiler",
    ],
    outputs: COMPILER_GLUE.map((name) => `${COMPILER_PKG}/${name}`),
    make: () => wasm("wasm/compiler", "pack_compiler", COMPILER_PKG),
  },
  {
    name: "js",
    inputs: ["package-lock.json", "js/tsconfig.json", "js/src", PACKS, PKG, VALIDATOR_PKG, COMPILER_PKG],
    outputs: [
      `${DIST}/index.js`,
      `${DIST}/packs/r4.pack`,
      ...[...GLUE, ...VALIDATOR_GLUE, ...COMPILER_GLUE]
        .filter((name) => !name.endsWith(".js"))
        .map((name) => `${DIST}/${name}`),
    ],
    make: js,
  },
];

process.chdir(ROOT);
await ensureOrExit(["npm", "wasm"]);
mkdirSync("target/stamps", { recursive: true });
for (const { name, inputs, outputs, make } of STEPS) {
  const stamp = `target/stamps/${name}`;
  const hash = fingerprint(["js/build.mjs", ...inputs]);
  if (outputs.every(exists) && exists(stamp) && readFileSync(stamp, "utf8") === hash) continue;
  const start = performance.now();
  rmSync(stamp, { force: true });
  await make();
  writeFileSync(stamp, fingerprint(["js/build.mjs", ...inputs]));
  console.log(`build: ${name} … ok (${seconds(start)})`);
}

/** @param {string} crate its folder @param {string} name of the module @param {string} folder to build into */
function wasm(crate, name, folder) {
  rmSync(folder, { recursive: true, force: true });
  // Panics name the file they happened in; where the builder keeps the crates is nobody's business.
  const flags = `--remap-path-prefix=${join(process.env.CARGO_HOME ?? `${process.env.HOME}/.cargo`, "registry/src")}=`;
  const args = ["--target", "web", "--mode", "no-install", "--no-pack", "--out-name", name];
  must("wasm-pack", ["build", crate, ...args, "--out-dir", join(ROOT, folder), "--", ...SMALL], {
    PATH: TOOLS_PATH,
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: flags,
    ...wasmEnv(),
  });
  const module = `${folder}/${name}_bg.wasm`;
  must(process.execPath, ["node_modules/binaryen/bin/wasm-opt", "-O3", APART, SORTED, module, "-o", module]);
}

/** The files that a wasm crate becomes. @param {string} name */
function glue(name) {
  return [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`];
}

async function js() {
  rmSync(DIST, { recursive: true, force: true });
  must(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "js"]);
  for (const name of GLUE) copyFileSync(`${PKG}/${name}`, `${DIST}/${name}`);
  for (const name of VALIDATOR_GLUE) copyFileSync(`${VALIDATOR_PKG}/${name}`, `${DIST}/${name}`);
  for (const name of COMPILER_GLUE) copyFileSync(`${COMPILER_PKG}/${name}`, `${DIST}/${name}`);
  mkdirSync(`${DIST}/packs`);
  // That of the exchange is in the module.
  for (const name of readdirSync(PACKS).filter((name) => name !== "exchange.pack"))
    copyFileSync(`${PACKS}/${name}`, `${DIST}/packs/${name}`);
  const base64 = readFileSync(`${PKG}/fhir_solicit_bg.wasm`, "base64");
  writeFileSync(`${DIST}/load/base64.js`, `export const base64 = "${base64}";\n`);
  await bundle();
}

/**
 * Makes few files of the many modules: to find and open one takes longer than to run it, and a page without a bundler
 * fetches them one after another. What entries share is shared still; the glue of the whole module, which two of them
 * share, stands by itself. The command imports entries as anybody does, so that nothing is split off them for it.
 */
async function bundle() {
  // It may have been installed just now.
  const { build } = await import("esbuild");
  const modules = readdirSync(DIST, { recursive: true }).map(String);
  const scripts = modules.filter((name) => name.endsWith(".js")).map((name) => `${DIST}/${name}`);
  const apart = ["fhir_solicit.js", "load/base64.js"];
  const kept = new Set(apart.map((name) => `${DIST}/${name}`));
  for (const { folder, entries, external } of [
    // Where esbuild leaves an import, it writes it as seen from the folder that it builds into.
    { folder: `${DIST}/command`, entries: ["main.js"], external: ENTRIES },
    // For a test.
    { folder: DIST, entries: ["packs.js"], external: [] },
    { folder: DIST, entries: ENTRIES, external: apart },
  ]) {
    const { metafile } = await build({
      entryPoints: entries.map((name) => `${folder}/${name}`),
      ...{ outdir: folder, outbase: folder, allowOverwrite: true, metafile: true },
      ...{ bundle: true, splitting: true, format: "esm", target: "es2022", platform: "neutral" },
      external: ["#load", "node:*", ...external.map((name) => `./${DIST}/${name}`)],
    });
    for (const name of Object.keys(metafile.outputs)) {
      kept.add(name);
      // Nothing here is imported for what it does, and bundlers warn of whatever looks as if it were.
      writeFileSync(name, readFileSync(name, "utf8").replace(/^import "\.{1,2}\/chunk-\w+\.js";\n/gm, ""));
    }
  }
  for (const name of scripts) if (!kept.has(name)) rmSync(name);
}

/** @param {string} program @param {string[]} args @param {Record<string, string>} [env] */
function must(program, args, env) {
  const { ok, output } = run(program, args, { env });
  if (ok) return;
  console.error(`${output}\nerror: \`${[program, ...args].join(" ")}\` failed`);
  process.exit(1);
}

/** @param {string} path */
function exists(path) {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** @param {string[]} paths files and folders; one that does not exist counts as empty */
function fingerprint(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
    const files = isFolder
      ? readdirSync(path, { recursive: true }).map((name) => join(path, String(name)))
      : [path];
    for (const file of files.sort()) {
      if (statSync(file, { throwIfNoEntry: false })?.isFile())
        hash.update(`${file}\0`).update(readFileSync(file));
    }
  }
  return hash.digest("hex");
}
