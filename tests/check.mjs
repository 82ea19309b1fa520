// @ts-check
/**
 * `npm test` runs every part, `npm run check -- PART…` those named. Each prints one line; a failing part also
 * shows all its output, any other only why a test was skipped.
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureOrExit } from "./setup.mjs";
import { hfs } from "./setup/hfs.mjs";
import { ROOT, seconds } from "./setup/run.mjs";
import { isFallback, TARGET } from "./setup/wasm-target.mjs";

/**
 * @typedef {object} Command
 * @property {string} program
 * @property {string[]} args
 * @property {() => string | undefined} [skip] why the command cannot be run here
 *
 * @typedef {object} Part
 * @property {string} what
 * @property {import("./setup.mjs").Need[]} needs
 * @property {Command[]} run in this order; the first that fails ends the part
 */

/** @param {string} args @returns {Command} */
const cargo = (args) => ({ program: "cargo", args: args.split(" ") });

/** @param {string} script @param {string} [args] */
const node = (script, args) => ({ program: process.execPath, args: [script, ...(args?.split(" ") ?? [])] });

/** The tests of a file or, not further down, of a folder. @param {string} path */
const nodeTest = (path) => {
  const names = path.endsWith("/") ? readdirSync(join(ROOT, path)) : [""];
  const files = names.map((name) => path + name).filter((file) => file.endsWith(".test.mjs"));
  return {
    program: process.execPath,
    args: ["--test", "--test-reporter=spec", "--test-timeout=300000", ...files],
  };
};

const build = node("js/build.mjs");
const biome = "node_modules/@biomejs/biome/bin/biome";
const tsc = "node_modules/typescript/bin/tsc";

/** @type {Record<string, Part>} In the order of `npm test`: what is quick to say no comes first. */
const PARTS = {
  layout: {
    what: "the layers of the core, and what may lie at the top",
    needs: [],
    run: [nodeTest("tests/layout.test.mjs")],
  },
  format: {
    what: "rustfmt and Biome",
    needs: ["rust", "npm"],
    run: [cargo("fmt --all --check"), node(biome, "format .")],
  },
  lint: {
    what: "Clippy, natively and for wasm, and Biome; a warning is an error",
    needs: ["wasm", "npm"],
    run: [
      cargo("clippy --quiet --workspace --all-targets --all-features -- -D warnings"),
      {
        ...cargo(
          `clippy --quiet -p fhir-solicit-wasm -p fhir-solicit-validator-wasm -p fhir-solicit-compiler-wasm --all-targets --target ${TARGET} -- -D warnings`,
        ),
        skip: () => (isFallback() ? "Clippy for wasm: Debian's Rust has none" : undefined),
      },
      node(biome, "lint --error-on-warnings ."),
    ],
  },
  rust: {
    what: "tests and documented examples of the crates",
    needs: ["rust", "npm"],
    run: [cargo("test --quiet --workspace --all-features -- --show-output")],
  },
  codegen: {
    what: "generated files are what the generator makes",
    needs: ["rust", "npm"],
    run: [cargo("codegen --check")],
  },
  wasm: {
    what: "the wasm module builds, and outlives a panic",
    needs: ["wasm", "npm"],
    run: [build, nodeTest("tests/wasm/")],
  },
  ts: {
    what: "strict types of library, tests and examples",
    needs: ["wasm", "npm"],
    run: [build, node(tsc, "-p js --noEmit"), node(tsc, "-p tests")],
  },
  node: {
    what: "the package in Node",
    needs: ["wasm", "npm"],
    run: [build, nodeTest("tests/js/")],
  },
  interop: {
    what: "the package on FHIR servers that were not written here",
    needs: ["wasm", "npm", "sekmet"],
    run: [
      build,
      node("tests/interop/interop.mjs"),
      {
        ...node("tests/interop/interop.mjs", "hfs"),
        skip: () =>
          hfs.present() ? undefined : "hfs: not built yet; npm run interop -- hfs builds it, once",
      },
    ],
  },
  browser: {
    what: "the package in Chromium",
    needs: ["wasm", "npm", "chromium"],
    run: [build, nodeTest("tests/browser/")],
  },
  size: {
    what: "what a page has to fetch, against its budget",
    needs: ["wasm", "npm"],
    run: [build, nodeTest("tests/size.test.mjs")],
  },
  docs: {
    what: "the README's examples, compiled and run",
    needs: ["wasm", "npm"],
    run: [build, nodeTest("tests/docs.test.mjs")],
  },
  demo: {
    what: "the demo's conversations, read from the servers",
    needs: ["wasm", "npm"],
    run: [build, node("examples/desks/demo.mjs", "--script")],
  },
};

/** @param {Command} command @returns {Promise<{ ok: boolean, output: string }>} */
function execute({ program, args }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, CARGO_TERM_COLOR: "never", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", (error) => resolve({ ok: false, output: `${program}: ${error.message}\n` }));
    child.on("close", (status) => resolve({ ok: status === 0, output }));
  });
}

/** The tests that cargo and Node say they ran. @param {string} output */
function count(output) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm,
  )) {
    total.passed += Number(passed);
    total.failed += Number(failed);
    total.skipped += Number(ignored);
  }
  const words = /** @type {const} */ ({
    pass: "passed",
    fail: "failed",
    cancelled: "failed",
    skipped: "skipped",
  });
  for (const [, word, number] of output.matchAll(/^ℹ (pass|fail|cancelled|skipped) (\d+)$/gm)) {
    total[words[/** @type {keyof typeof words} */ (word)]] += Number(number);
  }
  return total;
}

/** Runs a part, prints its line, and counts its tests; a part without tests of its own counts as one. */
async function check(/** @type {string} */ name, /** @type {Part} */ part) {
  const start = performance.now();
  process.stdout.write(`${name.padEnd(9)}`);
  let ok = true;
  let output = "";
  for (const command of part.run) {
    const why = command.skip?.();
    const ran = why ? { ok: true, output: `skipped: ${why}\n` } : await execute(command);
    output += ran.output;
    ok = ran.ok;
    if (!ok) break;
  }
  const total = count(output);
  const tests = total.passed + total.failed + total.skipped;
  const ran = tests === 0 ? part.what : `${part.what} (${tests} tests)`;
  console.log(`${ok ? "ok    " : "FAILED"} ${seconds(start).padStart(8)}  ${ran}`);
  // What a test prints when it lacks something to work on, and how Node marks a test it skipped.
  for (const [line] of output.matchAll(/^\s*(skipped: |﹣ ).*$/gm)) console.log(`  ${line.trim()}`);
  if (!ok) console.log(`\n${output.trimEnd()}\n\n${name} failed; again: npm run check -- ${name}\n`);
  if (ok && tests === 0) total.passed = 1;
  if (!ok && total.failed === 0) total.failed = 1;
  return total;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`error: no part is called ${unknown.join(", ")}. The parts:`);
  for (const [name, { what }] of Object.entries(PARTS)) console.error(`  ${name.padEnd(9)}${what}`);
  process.exit(1);
}
const chosen = Object.entries(PARTS).filter(([name]) => asked.length === 0 || asked.includes(name));
await ensureOrExit(chosen.flatMap(([, part]) => part.needs));
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const [name, part] of chosen) {
  const total = await check(name, part);
  sum.passed += total.passed;
  sum.failed += total.failed;
  sum.skipped += total.skipped;
}
const { passed, failed, skipped } = sum;
console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
