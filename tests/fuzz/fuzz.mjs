// @ts-check
/**
 * `npm run fuzz -- [TARGET…] [--seconds N]`: lets libFuzzer look for bytes, and for expressions of FHIRPath, that end
 * in a panic, a hang or a heap out of proportion. What it finds is written to target/fuzz/artifacts and ends the run
 * with 1.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureOrExit } from "../setup.mjs";
import { ROOT } from "../setup/run.mjs";
import { cargoFuzz, TOOLS_PATH } from "../setup/tools.mjs";

const OUT = join(ROOT, "target/fuzz");
/** Longer inputs say nothing that shorter ones do not, and are slow to change. */
const LONGEST = 16_384;

const DEFINITIONS = "node_modules/hl7.fhir.r4.examples";

/** Where the search begins. @type {Record<string, () => Generator<Buffer>>} */
const SEEDS = {
  *validate() {
    yield* files(DEFINITIONS);
    yield* files("../shared/bad-resources/invalid");
    yield* files("../shared/bad-resources/valid");
  },
  *fhirpath() {
    for (const line of readFileSync(join(ROOT, "tests/fuzz/seeds/fhirpath.txt"), "utf8").split("\n")) {
      yield Buffer.from(line);
    }
    // In a definition only constraints have expressions that are more than a path.
    for (const definition of files(DEFINITIONS, "StructureDefinition-", Number.POSITIVE_INFINITY)) {
      for (const [, text] of definition.toString().matchAll(/"expression"\s*:\s*("(?:[^"\\]|\\.)*")/g)) {
        yield Buffer.from(JSON.parse(text ?? '""'));
      }
    }
  },
};

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "60" } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in SEEDS));
if (unknown.length > 0 || !/^\d+$/.test(values.seconds)) {
  console.error(`usage: npm run fuzz -- [${Object.keys(SEEDS).join(" | ")}]… [--seconds N]`);
  process.exit(2);
}
await ensureOrExit(["npm", "fuzz"]);
for (const target of positionals.length > 0 ? positionals : Object.keys(SEEDS)) fuzz(target);

/** @param {string} target */
function fuzz(target) {
  const [corpus, artifacts] = [join(OUT, "corpus", target), join(OUT, "artifacts", target)];
  for (const directory of [corpus, artifacts]) mkdirSync(directory, { recursive: true });
  for (const bytes of SEEDS[target]?.() ?? []) {
    writeFileSync(join(corpus, createHash("sha1").update(bytes).digest("hex")), bytes);
  }
  const limits = [
    `-max_total_time=${values.seconds}`,
    `-max_len=${LONGEST}`,
    "-timeout=10",
    "-rss_limit_mb=1024",
  ];
  // The crates have no unsafe code, so there is nothing for a sanitizer to see.
  const fuzzer = [
    "fuzz",
    "run",
    "--fuzz-dir",
    "tests/fuzz",
    "--sanitizer",
    "none",
    "--target-dir",
    OUT,
    target,
    corpus,
  ];
  const libFuzzer = [...limits, `-artifact_prefix=${artifacts}/`, "-print_final_stats=1"];
  const { status } = spawnSync("cargo", [...fuzzer, "--", ...libFuzzer], {
    cwd: ROOT,
    // libFuzzer's instrumentation is a flag that stable Rust has, but does not offer.
    env: { ...process.env, PATH: `${cargoFuzz.bin}:${TOOLS_PATH}`, RUSTC_BOOTSTRAP: "1" },
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
}

/**
 * The JSON files in `folder` that are short enough.
 * @param {string} folder
 * @param {string} prefix of their names
 * @param {number} longest
 */
function* files(folder, prefix = "", longest = LONGEST) {
  const from = join(ROOT, folder);
  if (!statSync(from, { throwIfNoEntry: false })) {
    console.log(`skipped: seeds of ${from}, which is not here`);
    return;
  }
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (!name.startsWith(prefix) || !name.endsWith(".json") || statSync(path).size > longest) continue;
    yield readFileSync(path);
  }
}
