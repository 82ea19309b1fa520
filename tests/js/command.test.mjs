// @ts-check
/** The command line, run as its users run it: what it prints, and how it ends. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../setup/run.mjs";

const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const BIN = join(ROOT, PACKAGE.bin["fhir-solicit"]);
const SNAPSHOT = new URL("../snapshots/command.txt", import.meta.url);

const VALID = '{"resourceType":"Task","status":"requested","intent":"order"}';
const INVALID = '{"resourceType":"Task","status":"requestd","intent":"order"}';

/**
 * @param {string[]} args
 * @param {{ cwd?: string, input?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string }>}
 */
function solicit(args, { cwd = ROOT, input = "", env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...process.env, ...env } });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {}).end(input);
  });
}

/** A directory with these files, gone when the test is. */
function directory(
  /** @type {import("node:test").TestContext} */ t,
  /** @type {Record<string, string>} */ files,
) {
  const path = mkdtempSync(join(tmpdir(), "fhir-solicit-"));
  t.after(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, dirname(name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

/** Without what other rules may add: only what is said of the place is compared. */
const withoutUnchecked = (/** @type {string} */ text) => text.replace(/^not checked: .*\n/gm, "");

test("text underlines the place, whatever stands before it", async (t) => {
  const long = `{"resourceType":"Task","description":"${"x".repeat(200)}","intnt":"order","status":"requested","note":[{"text":"${"y".repeat(200)}"}],"intent":"order"}`;
  const cwd = directory(t, {
    "a.json": '{\n  "resourceType": "Task",\n  "status": "requestd",\n  "intent": "order"\n}\n',
    "crlf.json":
      '{\r\n\t"resourceType": "Task",\r\n\t"status":\t"requested", "intnt": 1,\r\n "intent": "order" }',
    "cut.json": '{"resourceType":"Task","status":"requested',
    "escape.json": '{"resourceType":"Task","status":"requested","intent":"order","a\\u001b[31m\\u202e":1}',
    "long.json": long,
    "raw.json": '{"resourceType":"Task","description":"\u001b[31m"}',
    "wide.json":
      '{"resourceType":"Task","description":"日本 é e\u0301 👩‍⚕️","intnt":1,"status":"requested","intent":"order"}',
  });
  const { code, stdout, stderr } = await solicit(["validate", "."], { cwd });
  assert.deepEqual([code, stderr], [1, ""]);
  assert.doesNotMatch(stdout, /[^\P{Cc}\n]/u, "nothing in a file reaches the terminal as a command");
  const found = withoutUnchecked(stdout);
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(SNAPSHOT, found);
  assert.equal(found, readFileSync(SNAPSHOT, "utf8"), "UPDATE_SNAPSHOTS=1 rewrites the file");
});

test("no line of the file is shown where that is not wanted", async (t) => {
  const cwd = directory(t, { "a.json": INVALID.replace("requestd", "Ann") });
  for (const args of [["--no-excerpt"], ["--format", "json"], ["--format=ndjson"]]) {
    assert.doesNotMatch((await solicit(["validate", ...args, "a.json"], { cwd })).stdout, /Ann/);
  }
  assert.match((await solicit(["validate", "a.json"], { cwd })).stdout, /Ann/);
  assert.match((await solicit(["validate", "--show-values", "--format=json", "."], { cwd })).stdout, /Ann/);
});

test("ndjson is one line a file, its members in order, for a file that is no JSON too", async (t) => {
  const cwd = directory(t, { "a.json": VALID, "b.json": INVALID, "c.json": "{", "d.json": "" });
  const { code, stdout } = await solicit(["validate", "--format", "ndjson", "."], { cwd });
  assert.equal(code, 1);
  const lines = stdout.trimEnd().split("\n");
  const results = lines.map((line) => JSON.parse(line));
  const members = ["file", "resourceType", "valid", "errors", "warnings", "issues", "unchecked"];
  for (const result of results) assert.deepEqual(Object.keys(result), members);
  assert.deepEqual(
    results.map(({ file, resourceType, valid, errors }) => [file, resourceType, valid, errors]),
    [
      ["a.json", "Task", true, 0],
      ["b.json", "Task", false, 1],
      ["c.json", null, false, 1],
      ["d.json", null, false, 1],
    ],
  );
  const issue = results[1].issues.find(
    (/** @type {{ severity: string }} */ found) => found.severity === "error",
  );
  const { message, ...place } = issue;
  assert.deepEqual(Object.entries(place), [
    ["severity", "error"],
    ["code", "code-invalid"],
    ["rule", "required-binding"],
    ["expression", "Task.status"],
    ["pointer", "/status"],
    ["line", 1],
    ["column", 33],
  ]);
  assert.match(message, /requested/);

  const { stdout: array } = await solicit(["validate", "--format", "json", "."], { cwd });
  assert.deepEqual(JSON.parse(array), results);
});

test("more issues than asked for are counted", async (t) => {
  const many = INVALID.replace("}", `,"input":[${Array(50).fill('{"x":1}')}]}`);
  const cwd = directory(t, { "a.json": many });
  const { stdout } = await solicit(["validate", "--max-issues", "2", "--format", "ndjson", "a.json"], {
    cwd,
  });
  const { issues, omitted, errors, warnings } = JSON.parse(stdout);
  assert.deepEqual([issues.length, issues.length + omitted], [2, errors + warnings]);
  const text = await solicit(["validate", "--max-issues", "2", "a.json"], { cwd });
  assert.match(text.stdout, new RegExp(`^a.json: ${omitted} more issues not shown`, "m"));
});

test("directories are walked in order, and once, whatever links say", async (t) => {
  const cwd = directory(t, { "z.json": VALID, "b/a.json": VALID, "b/c/d.json": VALID, "b/no.txt": "x" });
  symlinkSync("..", join(cwd, "b/up"));
  symlinkSync("loop.json", join(cwd, "loop.json"));
  const { code, stdout, stderr } = await solicit(["validate", "--format=ndjson", "."], { cwd });
  const files = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).file);
  assert.deepEqual(files, ["b/a.json", "b/c/d.json", "z.json"]);
  assert.deepEqual([code, stderr], [2, "error: loop.json: its links lead in a circle\n"]);
});

test("standard input is a file called -", async () => {
  const { code, stdout } = await solicit(["validate", "--format=ndjson", "-"], { input: VALID });
  const { file, valid } = JSON.parse(stdout);
  assert.deepEqual([code, file, valid], [0, "-", true]);
});

test("what cannot be read is said, ends in 2, and stops nothing else", async (t) => {
  const cwd = directory(t, { "a.json": INVALID, "empty/x": "" });
  const { code, stdout, stderr } = await solicit(["validate", "gone.json", "empty", "a.json"], { cwd });
  assert.equal(code, 2);
  assert.match(stdout, /^1 file: 0 valid, 1 invalid; 1 error, 1 warning$/m);
  assert.match(stderr, /^error: gone\.json: no such file or directory$/m);
  assert.match(stderr, /^error: empty: no \*\.json in this directory$/m);
});

test("what the command does not know it says, with what to do", async () => {
  for (const [args, message] of /** @type {[string[], RegExp][]} */ ([
    [[], /no command.*\n.*--help/],
    [["check"], /no command 'check'/],
    [["validate"], /name files or directories/],
    [["validate", "--fromat", "x"], /'--fromat'(.|\n)*--help/],
    [["validate", "--format", "xml", "-"], /text, json or ndjson/],
    [["validate", "--max-issues", "many", "-"], /whole number/],
    [["validate", "--pack", "us-core", "-"], /no such pack.*exchange/],
    [["validate", "--definition", "gone", "-"], /gone: no such file/],
    [["validate", "--definition", "package.json", "-"], /no StructureDefinition/],
  ])) {
    const { code, stdout, stderr } = await solicit(args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
    assert.match(stderr, /^error: /);
  }
  const { code, stdout } = await solicit(["validate", "--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /--no-excerpt/);
  assert.equal((await solicit(["--version"])).stdout, `${PACKAGE.version}\n`);
});

/** A StructureDefinition that narrows `type`. */
const definition = (
  /** @type {string} */ url,
  /** @type {string} */ type,
  /** @type {object[]} */ ...element
) => ({
  resourceType: "StructureDefinition",
  ...{ url, type, kind: "resource", derivation: "constraint" },
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  differential: { element },
});

test("what a profile demands is explained, element by element", async () => {
  const url = "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-task-data-request";
  const args = ["explain", "--pack", "cdex-2.1.0", url];
  const { code, stdout } = await solicit([...args, "Task.focus"]);
  assert.equal(code, 0);
  assert.match(stdout, /version 2\.1\.0: a profile on Task/);
  assert.match(stdout, /\nTask\.focus\n {2}not allowed\n/);
  const json = JSON.parse((await solicit([...args, "--format", "json", "input:query.value"])).stdout);
  assert.deepEqual(json.elements[0], {
    element: "Task.input:query.value[x]",
    demands: ["required", "of type string", "to be supported"],
  });
  const none = await solicit([...args, "nothing"]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /Task has no element nothing/);
  const unknown = await solicit(["explain", "http://example.org/none"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /no pack here has the profile/);
});

test("definitions may be in XML", async (t) => {
  const url = "http://example.org/StructureDefinition/described-task";
  const xml = `<StructureDefinition xmlns="http://hl7.org/fhir"><url value="${url}"/><name value="Described"/>
    <status value="active"/><kind value="resource"/><abstract value="false"/><type value="Task"/>
    <baseDefinition value="http://hl7.org/fhir/StructureDefinition/Task"/><derivation value="constraint"/>
    <differential><element id="Task.description"><path value="Task.description"/><min value="1"/></element>
    </differential></StructureDefinition>`;
  const cwd = directory(t, {
    "described.xml": xml,
    "task.json": JSON.stringify({ resourceType: "Task", status: "draft", intent: "order" }),
  });
  const args = [
    "validate",
    "--definition",
    "described.xml",
    "--profile",
    url,
    "--format=ndjson",
    "task.json",
  ];
  const { code, stdout } = await solicit(args, { cwd });
  /** @type {import("fhir-solicit").Report} */
  const { issues } = JSON.parse(stdout);
  const errors = issues.filter(({ severity }) => severity === "error");
  assert.equal(code, 1);
  assert.deepEqual(
    errors.map(({ rule, expression }) => [rule, expression]),
    [["profile-cardinality", "Task.description"]],
  );
  const broken = directory(t, { "broken.xml": "<Task", "task.json": "{}" });
  const refused = await solicit(["validate", "--definition", "broken.xml", "task.json"], { cwd: broken });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /broken\.xml: not well-formed XML/);
});

test("definitions that are given are checked against", async (t) => {
  const profile = "http://example.org/StructureDefinition/our-task";
  const extension = "http://example.org/StructureDefinition/note";
  const cwd = directory(t, {
    "definitions/task.json": JSON.stringify(
      definition(profile, "Task", { path: "Task.description", min: 1 }, { path: "Task.note", max: "0" }),
    ),
    "definitions/bundle.json": JSON.stringify({
      resourceType: "Bundle",
      entry: [{ resource: definition(extension, "Extension", { path: "Extension.valueCode", min: 1 }) }],
    }),
    "claims.json": VALID.replace(
      "}",
      `,"meta":{"profile":["${profile}"]},"extension":[{"url":"${extension}","valueString":"x"}]}`,
    ),
    "plain.json": VALID,
  });
  const args = ["validate", "--definition", "definitions", "--format=ndjson", "claims.json", "plain.json"];
  const { code, stdout, stderr } = await solicit(args, { cwd });
  assert.deepEqual([code, stderr], [1, ""]);
  const [claims, plain] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const places = claims.issues.map((/** @type {{ expression: string }} */ issue) => issue.expression);
  for (const place of ["Task.description", "Task.extension[0].value"])
    assert.ok(places.includes(place), place);
  assert.equal(plain.errors, 0);
  const asked = await solicit(["validate", "--profile", profile, "--format=ndjson", "plain.json"], { cwd });
  assert.ok(JSON.parse(asked.stdout).unchecked.some((/** @type {any} */ one) => one.name === profile));
});

test("packages become packs", async (t) => {
  const url = "http://example.org/StructureDefinition/our-task";
  const cwd = directory(t, {
    "guide/package/package.json": JSON.stringify({
      name: "guide",
      version: "1",
      dependencies: { other: "2" },
    }),
    "guide/package/StructureDefinition-a.json": JSON.stringify(
      definition(url, "Task", { path: "Task.description", min: 1 }),
    ),
    "guide/package/StructureDefinition-b.json": JSON.stringify(
      definition(`${url}-b`, "Task", { path: "Task.colour", min: 1 }),
    ),
    ...Object.fromEntries(
      [1, 2, 3, 4, 5, 6, 7].map((n) => [
        `guide/package/SearchParameter-${n}.json`,
        JSON.stringify({ resourceType: "SearchParameter" }),
      ]),
    ),
    "task.json": VALID,
  });
  const made = await solicit(["pack", "guide", "-o", "guide.pack"], { cwd });
  assert.equal(made.code, 1);
  assert.match(made.stderr, /left out: .*our-task-b, element Task\.colour: Task has no element colour/);
  assert.match(made.stderr, /other 2/);
  assert.match(
    made.stderr,
    /note: nothing is compiled from SearchParameter: SearchParameter-1\.json, .*, and 2 more/,
  );
  const args = ["validate", "--pack", "guide.pack", "--profile", url, "--format=ndjson", "task.json"];
  const { code, stdout } = await solicit(args, { cwd });
  assert.equal(code, 1);
  const [issue] = JSON.parse(stdout).issues.filter((/** @type {any} */ one) => one.severity === "error");
  assert.equal(issue.expression, "Task.description");
});

test("a large file is one file", async (t) => {
  const data = "QUJD".repeat(1_250_000);
  const binary = `{"resourceType":"Binary","contentType":"text/plain","data":"${data}","x":1}`;
  const cwd = directory(t, { "large.json": binary });
  const { code, stdout } = await solicit(["validate", "large.json"], { cwd });
  assert.equal(code, 1);
  const column = binary.indexOf('"x"') + 1;
  assert.ok(stdout.startsWith(`large.json:1:${column}: error[unknown-element] Binary.x\n`), stdout);
  assert.ok(stdout.length < 2_000, "of a long line only what is near is shown");
});

test("whoever has seen enough may close the pipe", async (t) => {
  const cwd = directory(
    t,
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i}.json`, INVALID.repeat(9)])),
  );
  const child = spawn(process.execPath, [BIN, "validate", "."], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (text) => (stderr += text));
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.deepEqual([code, stderr], [141, ""]);
});

test("colours are for terminals", async (t) => {
  const cwd = directory(t, { "a.json": INVALID });
  const { stdout } = await solicit(["validate", "a.json"], { cwd, env: { FORCE_COLOR: "1" } });
  assert.ok(!stdout.includes("\u001b"));
});
