/** The HTTP of one desk as it happens. */
import type { Traffic } from "fhir-solicit";
import { describe, Looks, placeOf, resource } from "../traffic.mjs";
import type { Bases } from "../servers.mjs";
import { h } from "./dom.js";

/** Older rows go; a demonstration left open overnight must not fill the memory. */
const MOST_ROWS = 200;

interface Row {
  element: HTMLElement;
  count: HTMLElement;
  times: number;
}

/**
 * Lists requests below a desk. A look that finds what the look before found is counted, not listed again.
 *
 * @returns makes the listener for one machine, given the names of its servers by key
 */
export function trafficLog(list: HTMLOListElement, bases: Bases) {
  const looks = new Looks();
  const rows = new Map<string, Row>();
  return (names: Record<string, string>) => (traffic: Traffic) => {
    const place = `${traffic.request.server} ${placeOf(traffic.request.url)}`;
    const known = rows.get(place);
    if (looks.repeats(traffic) && known) {
      known.times += 1;
      known.count.textContent = `×${known.times}`;
      return;
    }
    const follows = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    const server = names[traffic.request.server] ?? traffic.request.server;
    const row = makeRow(traffic, server, describe(traffic, bases));
    if (traffic.request.method === "GET") rows.set(place, row);
    list.append(row.element);
    if (list.children.length > MOST_ROWS) list.firstElementChild?.remove();
    if (follows) list.scrollTop = list.scrollHeight;
  };
}

function makeRow(traffic: Traffic, server: string, { asked, came, ok }: ReturnType<typeof describe>): Row {
  const { request, response, milliseconds } = traffic;
  const [method = "", ...rest] = asked.split(" ");
  const count = h("span", { class: "count" });
  const details = h(
    "details",
    { class: ok ? "" : "wrong" },
    h(
      "summary",
      {},
      h("span", { class: "method" }, method),
      h("span", { class: "server" }, server),
      h("span", { class: "path" }, rest.join(" ")),
      h("span", { class: "came" }, came),
      count,
      h("span", { class: "time" }, `${Math.max(1, Math.round(milliseconds))} ms`),
    ),
  );
  // Most rows are never opened, and bodies may be large.
  const open = () => {
    const came = response && message(`${response.status}`, response.headers, response.body);
    details.append(
      message(`${request.method} ${request.url}`, request.headers, request.body),
      came ?? h("p", {}, "No answer came."),
    );
    details.scrollIntoView({ block: "nearest" });
  };
  details.addEventListener("toggle", open, { once: true });
  return { element: h("li", {}, details), count, times: 1 };
}

function message(first: string, headers: Record<string, string>, body: string | undefined): HTMLElement {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const parsed = resource(body);
  const text = parsed ? JSON.stringify(parsed, null, 2) : body;
  return h("pre", { tabindex: "0" }, [first, ...lines, ...(text ? ["", text] : [])].join("\n"));
}
