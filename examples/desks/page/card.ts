/** What the cards of both desks have in common. */
import type { News, Requester, Responder, View } from "fhir-solicit";
import { communicationList } from "./communication.js";
import { h, say, uniqueId } from "./dom.js";
import { asked } from "./read.js";
import { ITEM, refusal, TONE, told } from "./words.js";

/** One request as a desk sees it, kept up to date until it is finished. */
export class Card {
  readonly facts = h("dl");
  readonly actions = h("div", { class: "actions" });
  readonly element: HTMLElement;

  readonly #badge = h("span", { class: "badge" });
  readonly #why = h("p", { class: "why" });
  readonly #progress = h("p", { class: "said" });
  readonly #reason = h("p", { class: "said" });
  readonly #items = h("ul", { class: "items" });
  readonly #message = h("p", { class: "message", role: "status" });
  readonly #retry = h("button", { type: "button" }, "Try again");
  readonly #communications: (all: View["communications"]) => void;
  readonly #received: HTMLElement;

  /**
   * @param onView called with what is known, whenever it has changed
   */
  constructor(
    readonly machine: Requester | Responder,
    title: string,
    received: string,
    readonly onView: (view: View) => void,
  ) {
    const id = uniqueId("card");
    const list = h("ul", { class: "communications" });
    this.#received = h("div", { hidden: true }, h("h5", {}, received), list);
    this.#communications = communicationList(list);
    this.#retry.addEventListener("click", () => this.act(() => machine.retry()));
    this.element = h(
      "article",
      { class: "card", "aria-labelledby": id },
      h("header", {}, h("h4", { id }, title), this.#badge),
      this.#why,
      this.#progress,
      this.#reason,
      this.facts,
      h("h5", {}, "Asked for"),
      this.#items,
      this.#received,
      this.#message,
      this.#retry,
      this.actions,
    );
    this.#hear(undefined);
    void this.#follow();
  }

  /** Does what the user decided; what is refused is shown. */
  async act(verb: () => Promise<void>): Promise<boolean> {
    try {
      this.#hear(undefined);
      await verb();
      return true;
    } catch (error) {
      say(this.#message, refusal(error));
      return false;
    } finally {
      this.#update();
    }
  }

  async #follow(): Promise<void> {
    for await (const news of this.machine.updates()) {
      if (news.update === "state") this.#update();
      else this.#hear(news);
    }
    this.#update();
  }

  #hear(news: News | undefined): void {
    say(this.#message, news && told(news));
    this.#retry.hidden = !(news?.update === "fault" && news.stalled);
  }

  #update(): void {
    const { view } = this.machine;
    const { state, why, progress, reason, ledger, due, lost, conflict } = this.machine.solicitation;
    this.element.setAttribute("data-state", state);
    this.element.setAttribute("data-finished", String(view.finished));
    this.#badge.textContent = state.replaceAll("-", " ");
    this.#badge.setAttribute("data-tone", TONE[state]);
    const also = [
      due?.timeliness === "overdue" && "the time to answer has passed",
      due?.timeliness === "late" && "answered late",
      lost && "the other server no longer shows it",
      conflict && "both sides have changed it",
    ];
    this.#why.textContent = `${[why, ...also.filter(Boolean)].join("; ")}.`;
    say(this.#progress, progress && `Progress: ${progress}`);
    say(this.#reason, reason && `Reason: ${reason}`);
    const items = ledger.items.map((item) => {
      const how = h("span", { class: "badge", "data-tone": item.state === "received" ? "good" : "calm" });
      how.textContent = ITEM[item.state];
      return h("li", {}, h("span", {}, asked(item.asked)), how);
    });
    this.#items.replaceChildren(...items);
    this.#received.hidden = view.communications.length === 0;
    this.#communications(view.communications);
    this.actions.hidden = view.finished;
    this.onView(view);
  }
}
