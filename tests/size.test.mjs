// @ts-check
/** What a page has to fetch, against a budget and against the last time: `npm run size` rewrites the snapshot. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ROOT } from "./setup/run.mjs";

const SNAPSHOT = join(ROOT, "tests/snapshots/size.txt");

/** Compilers of other machines differ by a little; anything more is a change that somebody should see. */
const TOLERANCE = 0.01;

/**
 * The files, and the most bytes after gzip that each may have. The modules have the pack of the exchange in them.
 * The aim is 300 KB: the validator's keeps it, the whole one has the machines of the exchange besides.
 */
const FILES = /** @type {const} */ ([
  ["js/dist/fhir_validator_bg.wasm", 260_000],
  ["js/dist/validate.js", 5_000],
  ["js/dist/fhir_solicit_bg.wasm", 490_000],
  ["js/dist/fhir_solicit.js", 8_000],
  ["js/dist/load/base64.js", 650_000],
  ["js/dist/pack_compiler_bg.wasm", 305_000],
  ["core/validator/packs/exchange.pack", 20_000],
  ["core/validator/packs/r4.pack", 135_000],
  ["core/validator/packs/cdex-2019.pack", 10_000],
  ["core/validator/packs/cdex-2019-narrative.pack", 10_000],
  ["core/validator/packs/hrex-1.1.pack", 20_000],
  ["core/validator/packs/cdex-2.1.0.pack", 20_000],
  ["core/validator/packs/cdex-ci.pack", 20_000],
]);

const sizes = FILES.filter(([file]) => existsSync(join(ROOT, file))).map(([file, budget]) => {
  const bytes = readFileSync(join(ROOT, file));
  return {
    file,
    budget,
    sizes: [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length],
  };
});

const table = [
  `${"".padEnd(46)} ${["bytes", "gzip -9", "brotli"].map((name) => name.padStart(9)).join(" ")}`,
  ...sizes.map(
    ({ file, sizes }) => `${file.padEnd(46)} ${sizes.map((size) => `${size}`.padStart(9)).join(" ")}`,
  ),
].join("\n");

if (process.env.UPDATE_SNAPSHOTS) writeFileSync(SNAPSHOT, `${table}\n`);

for (const {
  file,
  budget,
  sizes: [, gzip = 0],
} of sizes) {
  test(`${file} has at most ${budget / 1000} KB after gzip`, () =>
    assert.ok(gzip <= budget, `it has ${gzip} bytes`));
}

test("the README says what is to be fetched", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const said = [...readme.matchAll(/(\d+) KB\s+gzipped/g)].map(([, size]) => Number(size) * 1000);
  const meant = ["core/validator/packs/r4.pack", "js/dist/fhir_validator_bg.wasm"];
  assert.equal(said.length, meant.length);
  for (const [index, file] of meant.entries()) {
    const now = sizes.find((one) => one.file === file)?.sizes[1] ?? Number.NaN;
    const size = said[index] ?? Number.NaN;
    assert.ok(Math.abs(now / size - 1) <= TOLERANCE, `${file} has ${now} bytes, the README says ${size}`);
  }
});

test("nothing has grown or shrunk unnoticed", () => {
  const before = new Map(
    readFileSync(SNAPSHOT, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/ +/))
      .map(([file = "", ...sizes]) => [file, sizes.map(Number)]),
  );
  for (const { file, sizes: now } of sizes) {
    const was = before.get(file) ?? [];
    for (const [index, size] of now.entries()) {
      const change = Math.abs(size / (was[index] ?? 0) - 1);
      assert.ok(
        change <= TOLERANCE,
        `\`npm run size\` notes what is meant:\n${table}\nbefore: ${file} ${was.join(" ")}`,
      );
    }
  }
});
