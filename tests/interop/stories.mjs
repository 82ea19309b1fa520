// @ts-check
/** What is to work between any two servers; each story is judged by what the servers hold in the end. */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { solicit, until } from "../js/desks.mjs";

/** @typedef {import("./desk.mjs").Desk} Desk */

const withTask = /** @type {const} */ ("with-task");

/** @type {Record<string, (desk: Desk) => Promise<void>>} */
export const STORIES = {
  async "A, without Task: answered with two documents, to two recipients"(desk) {
    const specialist = { reference: `Organization/specialist-${desk.name}` };
    const request = desk.draft({ informationRecipients: [desk.payerOrganization, specialist] });
    const inbox = await solicit.inbox(desk.providerSide);
    const asking = await solicit.requester({ request, variant: "without-task", ...desk.payerSide });
    const answering = await inbox.answer(await until(inbox.updates(), "arrived", desk.isOurs));
    inbox.stop();
    await answering.accept();
    await answering.respond([{ answers: 0, contentString: "None." }, "That is all."]);
    await answering.complete();
    assert.equal((await asking.finished).state, "answered");
    assert.equal((await answering.finished).state, "answered");

    const communication = await desk.payer.one("Communication");
    assert.deepEqual(communication.recipient.length, 2);
    assert.equal(communication.payload[0].contentString, "None.");
    await desk.provider.one("CommunicationRequest");
    assert.equal((await desk.provider.all("Task")).length, 0);
  },

  async "B, with Task: arrived, accepted, in progress, answered, closed"(desk) {
    const inbox = await solicit.inbox({ ...desk.providerSide, owner: desk.owner });
    const asking = await solicit.requester({ request: desk.draft(), variant: withTask, ...desk.payerSide });
    const answering = await inbox.answer(await until(inbox.updates(), "arrived", desk.isOurs));
    inbox.stop();
    await until(answering.updates(), "state", () => answering.request !== undefined);
    await answering.accept();
    await answering.progress("looking for it");
    await answering.respond({ answers: 0, contentString: "None." }, { note: "As of today." });
    await answering.complete();
    assert.equal((await asking.finished).state, "answered");
    assert.equal((await answering.finished).state, "answered");

    const task = await desk.provider.one("Task");
    assert.deepEqual([task.status, task.businessStatus.text], ["completed", "looking for it"]);
    const communication = await desk.provider.one("Communication");
    assert.equal(task.output.length, 1);
    assert.equal(task.output[0].valueReference.reference, `Communication/${communication.id}`);
    assert.equal((await desk.payer.one("CommunicationRequest")).status, "completed");
  },

  async "CDex data request: answered with what is on the server"(desk) {
    const guide = "cdex-2.1.0";
    const resource = { resourceType: "Condition", subject: { display: desk.name }, code: { text: "asthma" } };
    const id = await desk.provider.create(resource);
    const draft = { request: desk.draft(), variant: withTask, guide, ...desk.payerSide };
    const asking = await solicit.requester(/** @type {any} */ (draft));
    const arrived = await desk.provider.until("Task", () => true);
    const answering = await solicit.responder({ arrived, guide, ...desk.providerSide });
    await answering.accept();
    await answering.respond({ contentReference: { reference: `Condition/${id}` } });
    await answering.complete();
    assert.equal((await asking.finished).state, "answered");
    const contents = asking.communications.flatMap((one) => one.contents ?? []);
    assert.equal(JSON.parse(contents[0]?.document ?? "{}").code.text, "asthma");
    const task = await desk.provider.one("Task");
    assert.deepEqual([task.status, task.focus, task.output.length], ["completed", undefined, 1]);
  },

  async "B: rejected, with a reason"(desk) {
    const { asking, answering } = await desk.ask();
    await answering.reject("not our patient");
    const { state, reason } = await asking.finished;
    assert.deepEqual([state, reason], ["declined", "not our patient"]);
    const task = await desk.provider.one("Task");
    assert.deepEqual([task.status, task.statusReason.text], ["rejected", "not our patient"]);
  },

  async "B: taken back"(desk) {
    const { asking, answering } = await desk.ask();
    await answering.accept();
    await desk.provider.until("Task", (task) => task.status === "accepted");
    await asking.cancel("the claim was withdrawn");
    assert.equal((await asking.finished).state, "cancelled");
    assert.equal((await answering.finished).state, "cancelled");
    assert.equal((await desk.provider.one("Task")).status, "cancelled");
    assert.equal((await desk.payer.one("CommunicationRequest")).status, "revoked");
  },

  async "B, several recipients: one rejects, one answers after a restart"(desk) {
    const owners = [desk.owner, `Organization/lab-${desk.name}`];
    const base = desk.payerSide.servers.partner;
    const recipients = owners.map((owner) => ({
      server: "partner",
      owner: { reference: `${base}/${owner}` },
    }));
    let saved = "";
    const side = {
      ...desk.payerSide,
      save: (/** @type {import("fhir-solicit").Machine} */ state) => {
        saved = JSON.stringify(state);
      },
    };
    const first = await solicit.requester({
      request: desk.draft(),
      variant: withTask,
      recipients,
      ...side,
    });
    await until(first.updates(), "state", () => first.solicitation.state === "sent");
    first.stop();
    const tasks = await desk.provider.all("Task");
    assert.equal(tasks.length, 2);
    const groups = new Set(tasks.map((task) => task.groupIdentifier.value));
    assert.equal(groups.size, 1, "one group");
    const of = (/** @type {string | undefined} */ owner) =>
      desk.answer(tasks.find((task) => task.owner.reference.endsWith(owner)));
    await (await of(owners[1])).reject("not our patient");
    const answering = await of(owners[0]);
    await answering.accept();
    await answering.respond("None.");
    await answering.complete();

    const asking = await solicit.resume(/** @type {{ actor: "requester" }} */ (JSON.parse(saved)), side);
    const { state, recipients: each } = await asking.finished;
    assert.equal(state, "declined", "all of them have to answer");
    assert.deepEqual(
      each.map(({ state, reason }) => [state, reason]),
      [
        ["answered", undefined],
        ["declined", "not our patient"],
      ],
    );
    assert.deepEqual(
      asking.communications.map(({ by }) => by),
      [0],
    );
    assert.equal((await desk.payer.one("CommunicationRequest")).status, "completed");
  },

  async "B: the answer is a Binary and a message by Task"(desk) {
    const { asking, answering } = await desk.ask();
    const data = btoa("an accident report");
    const id = await desk.provider.create({ resourceType: "Binary", contentType: "text/plain", data });
    await answering.accept();
    await answering.respond({ answers: 0, contentReference: { reference: `Binary/${id}` } });
    await answering.respond("More to come by post.", { delivery: "communication-task" });
    await answering.complete();
    await until(asking.updates(), "state", () => asking.communications.length === 2);
    assert.equal((await asking.finished).state, "answered");
    const contents = asking.communications.flatMap((one) => one.contents ?? []);
    assert.equal(JSON.parse(contents[0]?.document ?? "{}").data, data);
    assert.equal((await desk.payer.all("Task")).length, 1, "the Task that announces the message");
    assert.equal((await desk.provider.all("Communication")).length, 2);
  },

  async "B: somebody else writes to the Task meanwhile"(desk) {
    const { asking, answering } = await desk.ask();
    const task = await desk.provider.one("Task");
    await desk.provider.put({ ...task, note: [{ text: "called the clinic" }] });
    await answering.accept();
    await answering.respond("None.");
    await answering.complete();
    assert.equal((await asking.finished).state, "answered");
    const end = await desk.provider.one("Task");
    assert.deepEqual([end.status, end.note[0].text], ["completed", "called the clinic"]);
  },

  async "B: both sides crash after every step, and go on from what they saved"(desk) {
    /** @type {Record<string, string>} */
    const store = {};
    const saving = (/** @type {string} */ name) => ({
      save: (/** @type {import("fhir-solicit").Machine} */ state) => {
        store[name] = JSON.stringify(state);
      },
    });
    const first = await solicit.requester({
      request: desk.draft(),
      variant: withTask,
      ...desk.payerSide,
      ...saving("payer"),
    });
    first.stop();
    const resume = async (/** @type {string} */ name, /** @type {object} */ side) => {
      const machine = await solicit.resume(JSON.parse(store[name] ?? ""), { ...side, ...saving(name) });
      return /** @type {any} */ (machine);
    };
    const second = await resume("payer", desk.payerSide);
    const arrived = await desk.provider.until("Task", () => true);
    second.stop();
    const begun = await solicit.responder({ arrived, ...desk.providerSide, ...saving("provider") });
    await until(begun.updates(), "state", () => begun.request !== undefined);
    begun.stop();
    for (const act of [["accept"], ["progress", "at it"], ["respond", "None."], ["complete"]]) {
      const machine = await resume("provider", desk.providerSide);
      await machine[act[0] ?? ""](...act.slice(1));
      machine.stop();
    }
    const answering = await resume("provider", desk.providerSide);
    assert.equal((await answering.finished).state, "answered");
    const asking = await resume("payer", desk.payerSide);
    assert.equal((await asking.finished).state, "answered");

    await desk.payer.one("CommunicationRequest");
    const task = await desk.provider.one("Task");
    assert.deepEqual([task.status, task.output.length], ["completed", 1]);
    await desk.provider.one("Communication");
  },

  async "B: the token expires in the middle"(desk) {
    const { login } = desk;
    if (!login) return;
    let granted = await login();
    let expired = 0;
    const credentials = (/** @type {string} */ server) =>
      server === "partner" ? granted.token : desk.payerSide.credentials(server);
    const side = { ...desk.payerSide, credentials };
    const asking = await solicit.requester({ request: desk.draft(), variant: withTask, ...side });
    const signingIn = (async () => {
      for await (const news of asking.updates()) {
        if (news.update !== "fault" || news.fault.kind !== "unauthorized") continue;
        assert.equal(news.stalled, true, "nobody knocks again with a token that has expired");
        expired += 1;
        granted = await login();
        await asking.retry();
      }
    })();
    const arrived = await desk.provider.until("Task", () => true);
    // Servers count whole seconds, and some let the last one pass.
    await setTimeout(granted.seconds * 1000 + 1500);
    const answering = await desk.answer(arrived);
    await answering.reject("too late");
    assert.equal((await asking.finished).state, "declined");
    await signingIn;
    assert(expired > 0);
    await desk.provider.one("Task");
  },

  async "an inbox of more than one page"(desk) {
    const { asking, answering } = await desk.ask();
    asking.stop();
    answering.stop();
    const { id: _, meta: __, ...task } = await desk.provider.one("Task");
    const tasks = Array.from({ length: 119 }, (_, index) => ({
      ...task,
      identifier: [{ system: "urn:example", value: `${desk.name}-${index}` }],
    }));
    await desk.provider.transaction(tasks);
    const inbox = await solicit.inbox({ ...desk.providerSide, owner: desk.owner });
    const seen = new Set();
    for await (const news of inbox.updates()) {
      if (news.update === "arrived") {
        const { id } = JSON.parse(news.resource);
        assert(!seen.has(id), "nothing is told twice");
        seen.add(id);
      }
      if (seen.size === 120) break;
    }
    inbox.stop();
  },
};
