// @ts-check
/**
 * The README's TypeScript, checked and run against the built package as a reader would. A fence `ts typecheck` is
 * checked only. Its Rust is a documented example of the crate (core/src/lib.rs), run by the part `rust`.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT, run } from "./setup/run.mjs";

const OUT = `${ROOT}target/docs/`;
const readme = readFileSync(`${ROOT}README.md`, "utf8");
const fences = [...readme.matchAll(/^```ts( typecheck)?\n([\s\S]*?)^```$/gm)].map(
  ([, noRun, code = ""], index) => ({
    code,
    name: `readme-${index + 1}`,
    noRun: noRun !== undefined,
  }),
);

test("the README has an example in TypeScript and one in Rust", () => {
  assert(fences.some(({ noRun }) => !noRun));
  assert.match(readme, /^```rust$/m);
});

test("the examples in TypeScript hold to strict types", () => {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  for (const { code, name } of fences) writeFileSync(`${OUT}${name}.ts`, code);
  const options = { outDir: "out", rootDir: ".", rootDirs: [], declaration: false };
  const config = { extends: "../../js/tsconfig.json", compilerOptions: options, include: ["*.ts"] };
  writeFileSync(`${OUT}tsconfig.json`, JSON.stringify(config));
  const { ok, output } = run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", OUT]);
  assert(ok, output);
});

for (const { name } of fences.filter(({ noRun }) => !noRun)) {
  test(`${name} runs`, () => {
    const { ok, output } = run(process.execPath, [`${OUT}out/${name}.js`]);
    assert(ok, output);
  });
}
