/** The desk that asks. */
import type { Requester, Solicit, Variant } from "fhir-solicit";
import { type Ask, ASKS, CADENCE, providerAt, requestFor } from "../asks.mjs";
import type { Bases } from "../servers.mjs";
import { Card } from "./card.js";
import { describeIn, field, find, h, say } from "./dom.js";
import { read } from "./read.js";
import { trafficLog } from "./traffic.js";
import { refusal } from "./words.js";

export function openPayer(solicit: Solicit, bases: Bases, example: string): void {
  const desk = find("#payer");
  const form = find<HTMLFormElement>("#ask");
  const failure = find("#failure");
  find(".base", desk).textContent = bases.payer;
  const log = trafficLog(find<HTMLOListElement>(".traffic ol", desk), bases);

  for (const [at, { id, title, detail }] of ASKS.entries()) {
    const input = h("input", { type: "radio", name: "ask", value: id, checked: at === 0 });
    find("#asks").append(
      h("label", {}, input, h("span", {}, title, h("span", { class: "hint" }, ` ${detail}`))),
    );
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const ask = ASKS.find(({ id }) => id === data.get("ask"));
    if (!ask) return;
    try {
      say(failure, undefined);
      const asking = await solicit.requester({
        servers: { home: bases.payer, partner: bases.provider },
        request: requestFor(solicit, ask, { provider: bases.provider, example }),
        variant: data.get("variant") as Variant,
        recipients: [{ server: "partner", owner: providerAt(bases.provider) }],
        cadence: CADENCE,
        onTraffic: log({ home: "payer", partner: "provider" }),
      });
      find(".cards", desk).prepend(requestCard(asking, ask));
    } catch (error) {
      say(failure, refusal(error));
    }
  });
  find<HTMLButtonElement>("button", form).disabled = false;
}

function requestCard(asking: Requester, ask: Ask): HTMLElement {
  const look = h("button", { type: "button" }, "Look now");
  const close = h("button", { type: "button" }, "Close");
  const cancel = h("button", { type: "button" }, "Cancel");
  const reason = h("input", { placeholder: "required", autocomplete: "off" });
  const card = new Card(asking, ask.title, "Received", (view) => {
    const task = read(view.task);
    const request = read(view.request);
    describeIn(card.facts, [
      ["Request", request.id && `CommunicationRequest/${request.id}, ${request.status}`],
      ["Task", task.id && `Task/${task.id}, ${task.status}`],
    ]);
    const { state } = asking.solicitation;
    look.disabled = ["drafting", "sending"].includes(state);
    close.disabled = view.communications.length === 0;
  });
  look.addEventListener("click", () => card.act(() => asking.look()));
  close.addEventListener("click", () => card.act(() => asking.close()));
  cancel.addEventListener("click", () => card.act(() => asking.cancel(reason.value)));
  card.actions.append(
    h("div", { class: "row" }, look, close),
    h("div", { class: "row" }, field("Reason to cancel", reason), cancel),
  );
  return card.element;
}
