/** The desk that answers. */
import type { Inbox, Responder, Solicit, TaskStatus, View } from "fhir-solicit";
import { CADENCE } from "../asks.mjs";
import type { Bases } from "../servers.mjs";
import { describe } from "../traffic.mjs";
import { answerForm } from "./answer.js";
import { Card } from "./card.js";
import { describeIn, field, find, h, say } from "./dom.js";
import { asked, name, read } from "./read.js";
import { trafficLog } from "./traffic.js";
import { refusal, told } from "./words.js";

export async function openProvider(solicit: Solicit, bases: Bases): Promise<void> {
  const desk = find("#provider");
  const message = find("#inbox-message");
  find(".base", desk).textContent = bases.provider;
  const list = find<HTMLOListElement>(".traffic ol", desk);
  const log = trafficLog(list, bases)({ home: "provider", partner: "payer" });
  const inbox = await solicit.inbox({
    servers: { home: bases.provider, partner: bases.payer },
    cadence: CADENCE,
    onTraffic: (traffic) => {
      log(traffic);
      // What went wrong with a look is over with the next that succeeds.
      const looks = /^(Task|CommunicationRequest)\?/.test(traffic.request.url);
      if (looks && describe(traffic, bases).ok) say(message, undefined);
    },
  });
  void receive(inbox, find(".cards", desk), message);
}

/** Makes a card of everything that arrives. */
async function receive(inbox: Inbox, cards: HTMLElement, message: HTMLElement): Promise<void> {
  for await (const news of inbox.updates()) {
    if (news.update !== "arrived") {
      say(message, told(news));
      continue;
    }
    try {
      cards.prepend(arrivalCard(await inbox.answer(news, { cadence: CADENCE })));
    } catch (error) {
      say(message, refusal(error));
    }
  }
}

type Verb = "accept" | "reject" | "start" | "hold" | "resume" | "progress" | "answer" | "complete" | "fail";

/** What may be done next. */
const ALLOWED: Partial<Record<TaskStatus, Verb[]>> = {
  requested: ["accept", "reject"],
  received: ["accept", "reject"],
  accepted: ["start", "progress", "answer"],
  "in-progress": ["hold", "progress", "answer", "complete", "fail"],
  "on-hold": ["resume", "progress"],
};

function allowed({ task, status, communications }: View): (verb: Verb) => boolean {
  const verbs = (status && ALLOWED[status]) ?? [];
  return (verb) => {
    if (verb === "progress" && !task) return false;
    if (verb === "complete" && communications.length === 0) return false;
    return verbs.includes(verb);
  };
}

function arrivalCard(answering: Responder): HTMLElement {
  const button = (label: string) => h("button", { type: "button" }, label);
  const accept = button("Accept");
  const start = button("Start");
  const hold = button("Hold");
  const resume = button("Resume");
  const complete = button("Complete");
  const reject = button("Reject");
  const fail = button("Fail");
  const tell = button("Tell");
  const reason = h("input", { placeholder: "required", autocomplete: "off" });
  const progress = h("input", { autocomplete: "off" });
  const telling = h("div", { class: "row" }, field("Progress", progress), tell);
  const buttons = { accept, start, hold, resume, complete, reject, fail, progress: tell };

  const card: Card = new Card(answering, "…", "Sent", (view) => {
    const request = read(view.request);
    const [first, ...more] = answering.solicitation.ledger.items;
    const title = [
      first ? asked(first.asked) : "A request",
      ...(more.length ? [`and ${more.length} more`] : []),
    ];
    find("h4", card.element).textContent = title.join(" ");
    showFacts(card.facts, view);
    const may = allowed(view);
    for (const [verb, one] of Object.entries(buttons)) one.disabled = !may(verb as Verb);
    progress.disabled = !may("progress");
    reason.disabled = !may("reject") && !may("fail");
    // What can only follow a decision is not in the way before it.
    const undecided = may("accept");
    telling.hidden = undecided || !view.task;
    answer.element.hidden = undecided;
    answer.show(answering.solicitation.ledger.items, may("answer") && request.resourceType !== undefined);
  });
  const answer = answerForm((verb) => card.act(() => verb(answering)));
  const on = (one: HTMLElement, verb: () => Promise<void>) =>
    one.addEventListener("click", () => card.act(verb));
  on(accept, () => answering.accept());
  on(start, () => answering.start());
  on(hold, () => answering.hold());
  on(resume, () => answering.resume());
  on(complete, () => answering.complete());
  on(reject, () => answering.reject(reason.value));
  on(fail, () => answering.fail(reason.value));
  on(tell, () => answering.progress(progress.value));
  card.actions.append(
    h("div", { class: "row" }, accept, start, hold, resume, complete),
    h("div", { class: "row" }, field("Reason", reason), reject, fail),
    telling,
    answer.element,
  );
  return card.element;
}

function showFacts(list: HTMLDListElement, view: View): void {
  const request = read(view.request);
  const task = view.task ? read(view.task) : undefined;
  const whom = request.subject ?? request.encounter;
  describeIn(list, [
    ["From", name(request.requester ?? task?.requester, request)],
    ["About", name(whom ?? task?.for, request)],
    ["Concerning", name(request.about?.[0], request)],
    [
      "Through",
      task ? `Task/${task.id}, ${task.status}` : `CommunicationRequest/${request.id}, tagged actionable`,
    ],
  ]);
}
