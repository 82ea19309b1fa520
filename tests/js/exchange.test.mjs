// @ts-check
/** Both sides over HTTP, on servers that know nothing of them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { payerSide, providerSide, reaches, request, solicit, until } from "./desks.mjs";
import { world } from "./world.mjs";

const options = { concurrency: 2, timeout: 30_000 };

describe("an exchange over HTTP", options, () => {
  test("with Task: asked, accepted, answered, closed", async (t) => {
    const servers = await world(t);
    const inbox = await solicit.inbox(providerSide(servers));
    const asking = await solicit.requester({ request, variant: "with-task", ...payerSide(servers) });
    const answering = await inbox.answer(await until(inbox.updates(), "arrived"));
    inbox.stop();
    await until(answering.updates(), "state", () => answering.request !== undefined);
    await answering.accept();
    await answering.progress("looking for it");
    await answering.respond({ answers: 0, contentString: "No active conditions." }, { note: "As of today." });
    await answering.complete();
    const [asked, answered] = await Promise.all([asking.finished, answering.finished]);

    assert.deepEqual([asked.state, answered.state], ["answered", "answered"]);
    assert.equal(asked.ledger.items[0]?.state, "received");
    const { payer, provider } = servers;
    const task = await provider.one("Task");
    assert.equal(task.status, "completed");
    assert.equal(task.businessStatus.text, "looking for it");
    assert.equal((await payer.one("CommunicationRequest")).status, "completed");
    const communication = await provider.one("Communication");
    assert.equal(communication.payload[0].contentString, "No active conditions.");
    assert.equal(communication.note[0].text, "As of today.");
    assert.equal(task.output[0].valueReference.reference, `Communication/${communication.id}`);
    assert.deepEqual(JSON.parse(asking.communications[0]?.document ?? ""), communication);
  });

  test("the same under a guide that asks by input: a data request", async (t) => {
    const servers = await world(t);
    const guide = "cdex-2.1.0";
    const inbox = await solicit.inbox({ guide, ...providerSide(servers) });
    const asking = await solicit.requester({ request, variant: "with-task", guide, ...payerSide(servers) });
    const answering = await inbox.answer(await until(inbox.updates(), "arrived"));
    inbox.stop();
    await answering.accept();
    await answering.respond({ answers: 0, contentString: "No active conditions." }, { note: "As of today." });
    await answering.complete();
    const [asked, answered] = await Promise.all([asking.finished, answering.finished]);

    assert.deepEqual([asked.state, answered.state], ["answered", "answered"]);
    const task = await servers.provider.one("Task");
    assert.equal(task.focus, undefined);
    assert.equal(task.input[0].valueString, "Condition?patient=1&clinical-status=active");
    const returned = await servers.provider.one("DocumentReference");
    assert.equal(task.output[0].valueReference.reference, `DocumentReference/${returned.id}`);
    assert.equal(atob(returned.content[0].attachment.data), "No active conditions.");
    const document = asking.communications[0]?.contents?.[0]?.document ?? "";
    assert.deepEqual(JSON.parse(document), returned);
    assert.equal((await servers.provider.all("Communication")).length, 0);
  });

  test("with Task: rejected", async (t) => {
    const servers = await world(t);
    const asking = await solicit.requester({ request, variant: "with-task", ...payerSide(servers) });
    await reaches(asking, "sent");
    const arrived = await servers.provider.one("Task");
    const answering = await solicit.responder({ arrived, ...providerSide(servers) });
    await assert.rejects(answering.reject(" "), { name: "SolicitError", kind: "reason-required" });
    await answering.reject("not our patient");

    assert.equal((await answering.finished).state, "declined");
    const { state, reason } = await asking.finished;
    assert.deepEqual([state, reason], ["declined", "not our patient"]);
    assert.equal((await servers.provider.one("Task")).status, "rejected");
  });

  test("without Task: asked, answered with two documents", async (t) => {
    const servers = await world(t);
    const asking = await solicit.requester({ request, variant: "without-task", ...payerSide(servers) });
    const inbox = await solicit.inbox(providerSide(servers));
    const answering = await inbox.answer(await until(inbox.updates(), "arrived"));
    inbox.stop();
    await answering.accept();
    await answering.respond([
      { answers: 0, contentAttachment: { contentType: "text/plain", data: btoa("none") } },
      "That is all.",
    ]);
    await answering.complete();

    assert.equal((await asking.finished).state, "answered");
    assert.equal((await answering.finished).state, "answered");
    const communication = await servers.payer.one("Communication");
    assert.equal(communication.payload[0].contentAttachment.data, btoa("none"));
    assert.equal((await servers.provider.all("Task")).length, 0);
  });

  test("taken back", async (t) => {
    const servers = await world(t);
    const asking = await solicit.requester({ request, variant: "with-task", ...payerSide(servers) });
    await reaches(asking, "sent");
    await asking.cancel({ text: "the claim was withdrawn" });

    assert.equal((await asking.finished).state, "cancelled");
    assert.equal((await servers.provider.one("Task")).status, "cancelled");
    assert.equal((await servers.payer.one("CommunicationRequest")).status, "revoked");
  });

  test("a proxy's page in place of an answer loses nothing and doubles nothing", async (t) => {
    const servers = await world(t);
    await servers.provider.fault({ method: "POST", url: "Task", effect: { type: "html" } });
    const asking = await solicit.requester({ request, variant: "with-task", ...payerSide(servers) });
    const updates = asking.updates();
    const { fault } = await until(updates, "fault");
    assert.equal(fault.kind, "unreadable");
    await asking.retry();
    await reaches(asking, "sent");
    asking.stop();

    assert.equal((await servers.provider.all("Task")).length, 1);
    assert.equal((await servers.payer.all("CommunicationRequest")).length, 1);
  });

  test("a token that has expired waits for a new one", async (t) => {
    const servers = await world(t, "--token", "provider=fresh");
    let token = "stale";
    const credentials = (/** @type {string} */ server) => (server === "partner" ? token : undefined);
    const side = { ...payerSide(servers), credentials };
    const asking = await solicit.requester({ request, variant: "with-task", ...side });
    const { fault, stalled } = await until(asking.updates(), "fault");
    assert.deepEqual([fault.kind, fault.status, stalled], ["unauthorized", 401, true]);
    token = "fresh";
    await asking.retry();
    await reaches(asking, "sent");
    asking.stop();

    await servers.provider.one("Task", { authorization: "Bearer fresh" });
    await servers.payer.one("CommunicationRequest");
  });

  test("saved at every step, resumed from any of them, nothing is doubled", async (t) => {
    const servers = await world(t);
    /** @type {string[]} */
    const saved = [];
    const save = (/** @type {import("fhir-solicit").Machine} */ state) =>
      void saved.push(JSON.stringify(state));
    const first = await solicit.requester({ request, variant: "with-task", ...payerSide(servers), save });
    await reaches(first, "sent");
    first.stop();
    assert(saved.length >= 3, `${saved.length} states`);
    assert.equal(saved.at(-1), JSON.stringify(first.save()));

    for (const text of saved) {
      const again = await solicit.resume(JSON.parse(text));
      assert.equal(again.actor, "requester");
      await reaches(/** @type {import("fhir-solicit").Requester} */ (again), "sent");
      again.stop();
    }
    const arrived = await servers.provider.one("Task");
    await servers.payer.one("CommunicationRequest");

    /** @type {import("fhir-solicit").Machine | undefined} */
    let stored;
    const store = (/** @type {import("fhir-solicit").Machine} */ state) => {
      stored = state;
    };
    const side = { ...providerSide(servers), save: store };
    const answering = await solicit.responder({ arrived, ...side });
    await until(answering.updates(), "state", () => answering.request !== undefined);
    await Promise.all([answering.accept(), answering.respond("All well."), answering.complete()]);
    // Gone with most of it still to be done.
    answering.stop();
    const resumed = await solicit.resume(structuredClone(/** @type {any} */ (stored)));
    assert.equal((await resumed.finished).state, "answered");
    assert.equal((await servers.provider.one("Task")).status, "completed");
    await servers.provider.one("Communication");
  });
});
