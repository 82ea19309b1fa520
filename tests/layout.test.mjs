// @ts-check
/** The order of the house: which module may know which, what the core may name, what lies at the top. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./setup/run.mjs";

/** A module uses those of lower layers only; those of one layer do not know one another. */
const LAYERS = [
  ["order"],
  ["json"],
  ["fhir"],
  ["fhirpath"],
  ["pack"],
  ["validate", "lifecycle", "exchange"],
  ["solicitation"],
  ["actor"],
];

const TOP = new Set([
  ...["Cargo.toml", "Cargo.lock", "package.json", "package-lock.json"],
  ...["README.md", "CONTRIBUTING.md", "LICENSE-MIT", "LICENSE-APACHE"],
  ...["core", "wasm", "js", "examples", "tests"],
]);

/** What would let the core perform, or tell where it runs; what instructions there are tells neither. */
const FORBIDDEN =
  /\bstd::(net|time|fs|env|process|thread|io)\b|\b(wasm_bindgen|js_sys|web_sys|gloo|tokio|reqwest|rand|getrandom|chrono)\b|target_(arch|family|os)|(?<!target_)feature\s*=/;

const layerOf = new Map(LAYERS.flatMap((names, layer) => names.map((name) => [name, layer])));

/** Rust without its comments, of the documentation too: prose may name what it likes. @param {string} text */
const code = (text) => text.replace(/\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");

/**
 * The modules of the crate's root that a text names, as `crate::a::b`, `crate::{a::{b, c}, d}` or by as many
 * `super` as lead to the root.
 * @param {string} text @param {number} depth of the file's own module below the root
 */
function modulesNamed(text, depth) {
  const fromRoot = String.raw`\b(?:crate|super(?:\s*::\s*super){${depth - 1},})\s*::\s*`;
  const names = [...text.matchAll(new RegExp(`${fromRoot}(\\w+)`, "g"))].map(([, name = ""]) => name);
  for (const { index, 0: start } of text.matchAll(new RegExp(`${fromRoot}\\{`, "g"))) {
    names.push(...outermost(text.slice(index + start.length)));
  }
  return names;
}

/** The first name of each item of a `use` group, whose opening brace has been read. @param {string} text */
function outermost(text) {
  const names = [];
  let depth = 1;
  let expected = true;
  for (const [token] of text.matchAll(/\w+|[{},]/g)) {
    if (token === "{") depth += 1;
    else if (token === "}") depth -= 1;
    else if (depth === 1 && token === ",") expected = true;
    else if (depth === 1 && expected) {
      names.push(token);
      expected = false;
    }
    if (depth === 0) break;
  }
  return names;
}

/** The crates that make the core, the lower first: a module of one cannot name those of a later one. */
const CRATES = ["core/validator", "core"];

const sources = CRATES.flatMap((crate) =>
  readdirSync(join(ROOT, crate, "src"), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith(".rs"))
    .map((path) => ({ crate, path, text: code(readFileSync(join(ROOT, crate, "src", path), "utf8")) })),
);

test("the reader of `use` finds what there is to find", () => {
  const text =
    "use crate::{json::{Document, Value}, fhir::Code}; fn f(x: crate::pack::Pack) { super::super::actor::g() }";
  assert.deepEqual(modulesNamed(text, 2).sort(), ["actor", "fhir", "json", "pack"]);
  assert.deepEqual(modulesNamed("use super::value::Value;", 2), []);
  assert.deepEqual(modulesNamed(code("//! [`crate::actor`]\nuse crate::json; /* crate::wire */"), 1), [
    "json",
  ]);
});

test("a module of the core uses lower layers only", () => {
  const wrong = [];
  for (const { crate, path, text } of sources) {
    const parts = path.replace(/(\/mod)?\.rs$/, "").split("/");
    const [own = ""] = parts;
    if (own === "lib") continue;
    const layer = layerOf.get(own);
    assert(layer !== undefined, `${crate}/src/${path}: the table of layers does not know the module ${own}`);
    for (const name of modulesNamed(text, parts.length)) {
      const used = layerOf.get(name);
      if (used !== undefined && name !== own && used >= layer)
        wrong.push(`${crate}/src/${path} (L${layer}) uses ${name}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("the core cannot perform, and does not know where it runs", () => {
  for (const crate of CRATES) {
    const manifest = readFileSync(join(ROOT, crate, "Cargo.toml"), "utf8");
    assert.doesNotMatch(manifest, /^\[features\]/m, "no feature changes what the core does");
    const root = readFileSync(join(ROOT, crate, "src/lib.rs"), "utf8");
    assert.match(root, /^#!\[no_std\]$/m);
    assert.match(root, /^#!\[forbid\(unsafe_code\)\]$/m);
    assert.match(root, /#\[cfg\(test\)\]\s+extern crate std;/);
  }
  const wrong = sources.flatMap(({ crate, path, text }) => {
    const std = path === "lib.rs" ? [] : text.match(/extern crate std/);
    return [...(std ?? []), ...(text.match(FORBIDDEN)?.slice(0, 1) ?? [])].map(
      (it) => `${crate}/src/${path}: ${it}`,
    );
  });
  assert.deepEqual(wrong, []);
});

test("nothing lies at the top but what the design lists", () => {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const names = new Set(
    files
      .trim()
      .split("\n")
      .map((path) => path.split("/")[0] ?? ""),
  );
  assert.deepEqual(
    [...names].filter((name) => !TOP.has(name) && !name.startsWith(".")),
    [],
  );
});
