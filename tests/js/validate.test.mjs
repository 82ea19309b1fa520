// @ts-check
/** The validator as an application in JavaScript meets it, in the whole module and in its own. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { loadSolicit, SolicitError } from "fhir-solicit";
import { loadValidator } from "fhir-solicit/validate";

const solicit = await loadSolicit();
const validator = await loadValidator();
const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);

test("a valid resource has no errors, as bytes, text or object", () => {
  const task = { resourceType: "Task", status: "requested", intent: "order" };
  for (const resource of [task, JSON.stringify(task), bytes(JSON.stringify(task))]) {
    const report = solicit.validate(resource);
    assert.deepEqual([report.resourceType, report.errors], ["Task", 0]);
  }
});

test("an issue says where, which rule, and what was expected, and quotes no value", () => {
  const text = '{\n  "resourceType": "Task",\n  "status": "Ann\'s secret",\n  "intnt": "order"\n}';
  const report = solicit.validate(bytes(text));
  const errors = report.issues.filter(({ severity }) => severity === "error");
  const found = errors.map(({ rule, expression, line }) => `${line} ${expression} ${rule}`);
  assert.deepEqual(found.sort(), [
    "1 Task.intent cardinality",
    "3 Task.status required-binding",
    "4 Task.intnt unknown-element",
  ]);
  assert.ok(
    report.issues.some(({ message }) => message.includes("intent")),
    "the nearest name is suggested",
  );
  assert.ok(!JSON.stringify(report).includes("secret"));
  assert.ok(JSON.stringify(solicit.validate(bytes(text), { showValues: true })).includes("secret"));
});

test("what is no resource is a report too, never an exception", () => {
  for (const text of ["", "{", "<html>", "null", "[]", "{}", '{"resourceType":"constructor"}', '"\\ud800"']) {
    const report = solicit.validate(bytes(text));
    assert.ok(report.errors > 0, text);
    assert.equal(report.issues[0]?.line, 1, text);
  }
  assert.equal(solicit.validate(new Uint8Array([0x22, 0xff, 0x22])).issues[0]?.severity, "fatal");
});

// Text is read sixteen bytes at a time, by instructions that only WebAssembly has.
test("what ends a text or a gap is found wherever it stands", () => {
  for (let length = 0; length < 40; length += 1) {
    const gap = " ".repeat(length);
    for (let at = 0; at < length; at += 1) {
      const before = '{"a":"';
      const [left, right] = ["x".repeat(at), "é".repeat(length - at - 1)];
      const broken = solicit.validate(bytes(`${before}${left}\n${right}"}`)).issues[0];
      assert.deepEqual(
        [broken?.rule, broken?.column],
        ["json", before.length + at + 1],
        `${at} of ${length}`,
      );
      const whole = `{${gap}"resourceType":"Task","status":"requested","intent":"order","description":"${left}\\n${right}",${gap}"x":"y"}`;
      const other = solicit.validate(bytes(whole)).issues.find(({ severity }) => severity === "error");
      const column = whole.indexOf('"x"') + 1;
      assert.deepEqual([other?.expression, other?.column], ["Task.x", column], whole);
    }
  }
});

test("a line is read however far it is indented, and however far the one before it", () => {
  for (let before = 0; before < 20; before += 1) {
    for (let indent = 0; indent < 20; indent += 1) {
      const members = ['"resourceType":"Task"', '"status":"requested"', '"intent":"order"'];
      const lines = members.map((member) => `${" ".repeat(before)}${member},`);
      const text = ["{", ...lines, `${" ".repeat(indent)}"x":${" ".repeat(20)}"y"`, "}"].join("\n");
      const found = solicit.validate(bytes(text)).issues.find(({ severity }) => severity === "error");
      assert.deepEqual([found?.expression, found?.line, found?.column], ["Task.x", 5, indent + 1], text);
    }
  }
});

test("no more issues are described than asked for, and the rest is counted", () => {
  const many = {
    resourceType: "Task",
    status: "requested",
    intent: "order",
    input: Array(500).fill({ x: 1 }),
  };
  const report = solicit.validate(many, { maxIssues: 3 });
  assert.equal(report.issues.length, 3);
  assert.ok(report.omitted >= 497);
});

test("an outcome says what the report says, and is valid itself", () => {
  const task = '{\n"resourceType": "Task", "intnt": "order", "status": "requested" }';
  const { issues } = solicit.validate(task);
  const outcome = JSON.parse(solicit.outcome(task));
  assert.equal(outcome.resourceType, "OperationOutcome");
  const told = outcome.issue.map((/** @type {any} */ { severity, expression, diagnostics, extension }) => ({
    severity,
    expression: expression[0],
    message: diagnostics,
    line: extension.find((/** @type {any} */ { url }) => url.endsWith("issue-line")).valueInteger,
  }));
  const expected = issues.map(({ severity, expression, message, line }) => ({
    severity,
    expression,
    message,
    line,
  }));
  assert.deepEqual(told, expected);
  assert.equal(solicit.validate(outcome).errors, 0);
  assert.equal(
    JSON.parse(solicit.outcome(task, { maxIssues: 1 })).issue.length,
    2,
    "one, and that there are more",
  );
});

test("the validator's own module says what the whole one says, and no more than it", async () => {
  assert.equal(validator.version(), solicit.version());
  const profile = "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-task-data-request";
  const request = { resourceType: "CommunicationRequest", status: "soon", payload: [{}], subject: {} };
  /** @type {import("fhir-solicit").Resource[]} */
  const resources = [
    request,
    '{ "resourceType": "Claim", "use": "claim" }',
    "{",
    new Uint8Array([0xff]),
    "null",
  ];
  const say = (/** @type {import("fhir-solicit/validate").Validator} */ { validate, outcome, explain }) => [
    resources.map((resource) => validate(resource)),
    validate('{ "resourceType": "Task", "status": "requested", "intent": "order" }', { profiles: [profile] }),
    outcome(request),
    explain(profile, "input"),
  ];
  for (const pack of ["exchange", "r4", "cdex-2.1.0"]) {
    if (pack !== "exchange") {
      const file = await readFile(new URL(import.meta.resolve(`fhir-solicit/packs/${pack}.pack`)));
      for (const each of [solicit, validator]) assert.equal(await each.loadPack(file), pack);
    }
    assert.deepEqual(say(validator), say(solicit), pack);
  }
  assert.ok(validator.explain(profile, "input")?.elements.length, "a profile is known in the end");
  assert.deepEqual(
    Object.keys(validator).filter((name) => !(name in solicit)),
    [],
  );
  assert.ok(!("requester" in validator));
});

test("what is no pack is refused by the validator's own module, too", async () => {
  const refused = { name: "SolicitError", kind: "pack", message: /not a pack/ };
  await assert.rejects(validator.loadPack(new Uint8Array([1])), refused);
});

test("what breaks R4 is not sent, and the error carries the whole report", async () => {
  const request = { resourceType: "CommunicationRequest", status: "active", priority: "soon" };
  const servers = { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" };
  const transport = () => assert.fail("nothing is sent");
  const asking = solicit.requester({ request, variant: "without-task", servers, transport });
  await assert.rejects(asking, (error) => {
    assert.ok(error instanceof SolicitError);
    assert.equal(error.kind, "invalid");
    assert.match(error.message, /CommunicationRequest\.priority/);
    assert.ok(error.report?.issues.some(({ rule }) => rule === "required-binding"));
    return true;
  });
});
