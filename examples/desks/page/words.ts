/** What the machines tell, in words for the person at the desk. */
import type { Fault, FaultKind, Item, News, State } from "fhir-solicit";
import { SolicitError } from "fhir-solicit";

/** How good a state is, for its colour. */
export const TONE: Record<State, "calm" | "busy" | "wait" | "good" | "bad"> = {
  drafting: "calm",
  sending: "calm",
  sent: "calm",
  acknowledged: "calm",
  accepted: "busy",
  working: "busy",
  paused: "wait",
  "partially-answered": "busy",
  answered: "good",
  "answered-empty": "good",
  declined: "bad",
  failed: "bad",
  cancelled: "bad",
};

export const ITEM: Record<Item["state"], string> = {
  missing: "not yet",
  partial: "under way",
  received: "received",
};

const FAULT: Record<FaultKind, string> = {
  network: "the server did not answer",
  unauthorized: "the server wants a sign-in",
  forbidden: "the server does not allow it",
  "not-found": "the server does not know it",
  gone: "the server has deleted it",
  conflict: "somebody else has changed it meanwhile",
  "several-matches": "the server holds it more than once",
  invalid: "the server found something wrong with it",
  "too-large": "it is larger than the server takes",
  "too-many-requests": "the server asks for patience",
  pending: "the server is still working on it",
  unavailable: "the server cannot answer just now",
  unreadable: "what came back is no FHIR",
  "wrong-resource": "another resource came back",
  unexpected: "the server answered in a way that nobody expects",
};

/** A fault, with the server's own words. */
export function fault({ kind, status, issues = [], detail }: Fault): string {
  const said = issues.map((issue) => issue.details ?? issue.diagnostics).filter(Boolean);
  const code = status === undefined ? "" : ` (${status})`;
  return [`${FAULT[kind]}${code}`, detail, ...said].filter(Boolean).join(": ");
}

/** News other than of the state, in words. */
export function told(news: News): string | undefined {
  switch (news.update) {
    case "fault": {
      const then = news.stalled ? "It waits for you to try again." : "";
      return `${news.doing}: ${fault(news.fault)}. ${then}`.trim();
    }
    case "notice":
      return `${news.text}.`;
    case "error":
      return news.error.message;
    default:
      return undefined;
  }
}

/** Why something was refused. Anything but a refusal is a mistake of this page, and thrown on. */
export function refusal(error: unknown): string {
  if (!(error instanceof SolicitError)) throw error;
  return `Not done: ${error.message}.`.replace(/\.\.$/, ".");
}
