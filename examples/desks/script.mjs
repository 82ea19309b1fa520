// @ts-check
/** The conversation of the two desks without a browser, as a transcript, with its end checked at the servers. */
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { loadSolicit } from "fhir-solicit";
import { ASKS, CADENCE, KEPT, providerAt, requestFor } from "./asks.mjs";
import * as evidence from "./evidence.mjs";
import { EXAMPLE } from "./site.mjs";
import { Transcript } from "./transcript.mjs";

/** Longer than this, something hangs. */
const PATIENCE = 60_000;

/** The conversation has not gone as it should; `message` says where. */
class ConversationError extends Error {
  /** @override */
  name = "ConversationError";
}

/**
 * @typedef {import("fhir-solicit").Requester} Requester
 * @typedef {import("fhir-solicit").Responder} Responder
 * @typedef {import("fhir-solicit").PayloadDraft} PayloadDraft
 */

/** The document that the provider sends, as an attachment. */
const REPORT = Buffer.from("Hillside Clinic\nAccident report of 28 October 2026\n\nFall from a bicycle.\n");
/** @type {PayloadDraft} */
const ATTACHED = {
  answers: 0,
  contentAttachment: {
    contentType: "text/plain; charset=utf-8",
    data: REPORT.toString("base64"),
    size: REPORT.length,
    title: "accident-report.txt",
  },
};

/** @param {import("./servers.mjs").Bases} bases */
export async function converse(bases) {
  const start = performance.now();
  const end = new AbortController();
  const desks = new Desks(bases, end.signal);
  const expired = wait(PATIENCE, undefined, { signal: end.signal, ref: true }).then(() => {
    const waiting = desks.waitingFor;
    throw new ConversationError(`After ${PATIENCE / 1000} seconds still waiting for ${waiting}.`);
  });
  try {
    await Promise.race([desks.run(), desks.failure, expired]);
  } catch (error) {
    if (error instanceof ConversationError) throw error;
    const { message } = /** @type {Error} */ (error);
    throw new ConversationError(`While waiting for ${desks.waitingFor}: ${message}`);
  } finally {
    end.abort();
    expired.catch(() => {});
  }
  console.log(`\nAll three ended as they should, in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
}

class Desks {
  /** What the conversation waits for, in words. */
  waitingFor = "the start";
  /** Rejects when a desk meets a fault: none is expected here. @type {Promise<never>} */
  failure;
  /** @type {(error: Error) => void} */
  #fail = () => {};
  /** @type {{ resource: string }[]} */
  #arrived = [];
  /** @type {((arrival: { resource: string }) => void) | undefined} */
  #expecting;
  #transcript;

  /** @param {import("./servers.mjs").Bases} bases @param {AbortSignal} signal */
  constructor(bases, signal) {
    this.bases = bases;
    this.signal = signal;
    this.#transcript = new Transcript(bases);
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
  }

  /** How a machine of one side is driven. @param {"payer" | "provider"} side */
  #options(side) {
    const other = side === "payer" ? "provider" : "payer";
    return {
      servers: { home: this.bases[side], partner: this.bases[other] },
      cadence: CADENCE,
      signal: this.signal,
      onTraffic: this.#transcript.listener(side, { home: side, partner: other }),
    };
  }

  async run() {
    this.solicit = await loadSolicit();
    this.example = await readFile(EXAMPLE, "utf8");
    this.inbox = await this.solicit.inbox(this.#options("provider"));
    void this.#receive();
    await this.#withoutTask();
    await this.#withTask();
    await this.#rejected();
    this.inbox.stop();
  }

  async #withoutTask() {
    this.#transcript.title(
      "A  Solicited Communication without Task",
      "HL7's CommunicationRequest/fm-solicit",
    );
    const { asking, answering } = await this.#ask("fm-solicit", "without-task");
    await answering.accept();
    await answering.respond(ATTACHED);
    await this.#until(asking, "answered", "the payer to have the answer");
    await answering.complete();
    await this.#ended(asking, answering);

    const id = JSON.parse(answering.request ?? "{}").id;
    const answers = await evidence.expectAnswered(this.bases, id, [[ATTACHED]]);
    inHand(asking, answers);
    this.#transcript.verdict(
      `the provider's server holds CommunicationRequest/${id}, tagged actionable; ` +
        `the payer's holds Communication/${answers[0].id}, based on it, with the attachment as it was sent`,
    );
  }

  async #withTask() {
    const ask = "a query and a note type, two items";
    this.#transcript.title("B  Solicited Communication with Task", ask);
    const { asking, answering } = await this.#ask("both", "with-task");
    await answering.accept();
    await this.#until(asking, "accepted", "the payer to see it accepted");
    await answering.progress("Records found, being reviewed");
    await answering.start();
    await this.#until(asking, "working", "the payer to see the progress");
    /** @type {PayloadDraft[]} */
    const problems = [
      { answers: 0, contentString: "One active problem: closed fracture of the left radius." },
    ];
    /** @type {PayloadDraft[]} */
    const summary = [{ answers: 1, contentReference: KEPT }];
    await answering.respond(problems);
    await answering.respond(summary);
    await answering.complete();
    await this.#ended(asking, answering);

    const { id } = JSON.parse(answering.task ?? "{}");
    const answers = await evidence.expectTaskAnswered(this.bases, id, [problems, summary]);
    inHand(asking, answers);
    const { contents = [] } = asking.communications[1] ?? {};
    const kept = await evidence.get(`${this.bases.provider}/${KEPT.reference}`);
    evidence.expect(JSON.parse(contents[0]?.document ?? "null"), kept, "the document that it refers to");
    this.#transcript.verdict(
      `the provider's server holds Task/${id}, completed, with Communication/${answers[0].id} and ` +
        `/${answers[1].id} as outputs, each the answer to its item; the payer has fetched both and the ` +
        `document that the second refers to, and its request is completed`,
    );
  }

  async #rejected() {
    this.#transcript.title("B  With Task, rejected", "a note type");
    const { asking, answering } = await this.#ask("note", "with-task");
    const reason = "The patient has asked us not to share this.";
    await answering.reject(reason);
    await this.#until(asking, "declined", "the payer to see it rejected");
    await answering.finished;
    this.waitingFor = "the servers to hold what they should";
    evidence.expect(asking.solicitation.reason, reason, "the reason that the payer sees");

    const { id } = JSON.parse(answering.task ?? "{}");
    await evidence.expectRejected(this.bases, id, reason);
    this.#transcript.verdict(
      `the provider's server holds Task/${id}, rejected, with the reason and no output`,
    );
  }

  /** The payer asks, the provider's inbox finds it. @param {string} id @param {"with-task" | "without-task"} variant */
  async #ask(id, variant) {
    const ask = ASKS.find((one) => one.id === id);
    if (!ask || !this.solicit || !this.inbox) throw new Error(`there is nothing to ask called ${id}`);
    const given = { provider: this.bases.provider, example: this.example ?? "" };
    const asking = await this.solicit.requester({
      ...this.#options("payer"),
      request: requestFor(this.solicit, ask, given),
      variant,
      recipients: [{ server: "partner", owner: providerAt(this.bases.provider) }],
    });
    void this.#follow("payer", asking);
    this.waitingFor = "the request to arrive in the provider's inbox";
    const arrival = await this.#arrival();
    const answering = await this.inbox.answer(arrival, this.#options("provider"));
    void this.#follow("provider", answering);
    // With a Task, the request is still to be fetched.
    this.waitingFor = "the provider to have the CommunicationRequest";
    while (!answering.request) await wait(10, undefined, { signal: this.signal });
    return { asking, answering };
  }

  /** @returns {Promise<{ resource: string }>} */
  #arrival() {
    const waiting = this.#arrived.shift();
    if (waiting) return Promise.resolve(waiting);
    return new Promise((found) => {
      this.#expecting = found;
    });
  }

  async #receive() {
    for await (const news of this.inbox?.updates() ?? []) {
      if (news.update === "arrived") {
        const expecting = this.#expecting;
        this.#expecting = undefined;
        if (expecting) expecting(news);
        else this.#arrived.push(news);
      } else this.#report("provider", news);
    }
  }

  /** @param {"payer" | "provider"} side @param {Requester | Responder} machine */
  async #follow(side, machine) {
    for await (const news of machine.updates()) this.#report(side, news);
  }

  /** @param {"payer" | "provider"} side @param {import("fhir-solicit").News} news */
  #report(side, news) {
    if (news.update === "state") this.#transcript.state(side, news.solicitation);
    if (news.update === "notice") this.#transcript.notice(side, news.text);
    if (news.update === "fault")
      this.#fail(new ConversationError(`${side}: ${news.doing}: ${news.fault.kind}`));
    if (news.update === "error") this.#fail(new ConversationError(`${side}: ${news.error.message}`));
  }

  /** @param {Requester} asking @param {import("fhir-solicit").State} state @param {string} what */
  async #until(asking, state, what) {
    this.waitingFor = what;
    for await (const news of asking.updates()) {
      if (news.update === "state" && news.solicitation.state === state) return;
    }
    throw new ConversationError(`The payer's desk ended as ${asking.solicitation.state}, not as ${state}.`);
  }

  /** @param {Requester} asking @param {Responder} answering */
  async #ended(asking, answering) {
    this.waitingFor = "both desks to end";
    for (const { state, why } of await Promise.all([asking.finished, answering.finished])) {
      if (state !== "answered") throw new ConversationError(`A desk ended as ${state}: ${why}.`);
    }
    this.waitingFor = "the servers to hold what they should";
  }
}

/** That what the payer has is what the server holds. @param {Requester} asking @param {any[]} held */
function inHand(asking, held) {
  const mine = asking.communications.map(({ document }) => JSON.parse(document));
  evidence.expect(mine, held, "the payer's Communications");
}
