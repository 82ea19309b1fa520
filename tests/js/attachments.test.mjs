// @ts-check
/** A payer asks for attachments to a claim, and a provider submits them, over HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { payerSide, providerSide, solicit, until } from "./desks.mjs";
import { world } from "./world.mjs";

const guide = "cdex-2.1.0";
const MEMBER = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v2-0203", code: "MB" }] };

const patient = {
  resourceType: "Patient",
  identifier: [{ type: MEMBER, value: "1" }],
  name: [{ family: "Example" }],
  birthDate: "1970-01-01",
};
const practitionerRole = {
  resourceType: "PractitionerRole",
  organization: { identifier: { value: "5" } },
};

/** @param {string} payer base URL */
const draft = (payer) =>
  solicit.draftAttachments({
    trackingId: { system: "http://payer.example/tracking", value: "17" },
    patient,
    practitionerRole,
    payer: { system: "http://payer.example/payers", value: "9" },
    attachTo: "claim",
    claim: { system: "http://payer.example/claims", value: "8612" },
    needed: [{ code: { coding: [{ system: "http://loinc.org", code: "18842-5" }] }, lines: [1] }],
    payerUrl: `${payer}/$submit-attachment`,
    serviceDate: "2026-01-02",
  });

test("attachments are asked for, submitted, handed over, and the exchange ends", {
  timeout: 60_000,
}, async (t) => {
  const servers = await world(t);
  const inbox = await solicit.inbox({ guide, ...providerSide(servers) });
  const request = draft(servers.payer.base);
  const asking = await solicit.requester({ request, variant: "with-task", guide, ...payerSide(servers) });
  const answering = await inbox.answer(await until(inbox.updates(), "arrived"));
  inbox.stop();
  await answering.accept();
  await answering.respond({ answers: 0, contentString: "The discharge summary." });
  await answering.complete();
  const answered = await answering.finished;
  assert.equal(answered.state, "answered");

  const [parameters, ...more] = await servers.payer.control("GET", "submissions");
  assert.deepEqual(more, []);
  await assert.rejects(asking.submitted({ ...parameters, parameter: parameters.parameter.slice(1) }), {
    name: "SolicitError",
    kind: "submission",
  });
  await asking.submitted(parameters);
  await asking.submitted(parameters);
  const asked = await asking.finished;
  assert.equal(asked.state, "answered");
  assert.equal(asked.ledger.items[0]?.state, "received");
  assert.equal(asking.communications.length, 1, "the same twice counts once");
  const document = JSON.parse(asking.communications[0]?.contents?.[0]?.document ?? "{}");
  assert.equal(atob(document.content[0].attachment.data), "The discharge summary.");
  const task = await servers.provider.one("Task");
  assert.deepEqual([task.status, task.output], ["completed", undefined]);
});

test("what the guide demands is demanded of the draft", () => {
  const refused = { name: "SolicitError", kind: "attachments" };
  assert.throws(() => draft("http://payer.example"), { ...refused, message: /https/ });
});
