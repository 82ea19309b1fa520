/** Who did what, when, on which server, and with what outcome; never what was said (R95). */
import type { HttpRequest, Instant, Reference, ResourceText } from "../contract.js";

/** One request, without its query and bodies. Plain data: append it to a log. */
export interface AuditEntry {
  at: Instant;
  /** Key of the server; absent where a content was fetched from a stranger, who is not registered. */
  server?: string;
  /** Its base URL; of a stranger the origin alone, for the path of a file may name the patient. */
  base: string;
  interaction: "create" | "read" | "vread" | "update" | "search-type" | "operation";
  resourceType?: string;
  /** `Type/id` under the base, where the request names one. */
  reference?: string;
  /** The status of the answer; absent where there was none. */
  status?: number;
}

/** What a request is in the log. */
export function auditEntry(request: HttpRequest, base: string, at: number, status?: number): AuditEntry {
  const path = (request.url.split("?")[0] ?? "").split("/");
  const [resourceType = "", id = ""] = path;
  const isType = /^[A-Z][A-Za-z]*$/.test(resourceType);
  const named = isType && /^[A-Za-z0-9.-]{1,64}$/.test(id);
  const entry: AuditEntry = {
    at: new Date(at).toISOString(),
    server: request.server,
    base,
    interaction: interaction(request.method, path, named),
  };
  if (isType) entry.resourceType = resourceType;
  if (named) entry.reference = `${resourceType}/${id}`;
  if (status !== undefined) entry.status = status;
  return entry;
}

/** What a file that was fetched from a stranger is in the log. */
export function strangerEntry(url: URL, at: number, status?: number): AuditEntry {
  const base = url.origin;
  return {
    at: new Date(at).toISOString(),
    base,
    interaction: "read",
    ...(status !== undefined && { status }),
  };
}

function interaction(method: string, path: string[], named: boolean): AuditEntry["interaction"] {
  if (path.some((part) => part.startsWith("$"))) return "operation";
  if (method === "PUT") return "update";
  if (method === "POST") return path.at(-1) === "_search" ? "search-type" : "create";
  if (!named) return "search-type";
  return path[2] === "_history" ? "vread" : "read";
}

const ACTIONS = {
  create: "C",
  read: "R",
  vread: "R",
  update: "U",
  "search-type": "E",
  operation: "E",
} as const;

/** 0 success, 4 to be repeated, 8 refused, 12 the server failed or did not answer. */
function outcome(status: number | undefined): string {
  if (status === undefined || status >= 500) return "12";
  if (status < 400) return "0";
  return status === 408 || status === 425 || status === 429 ? "4" : "8";
}

/** Who acts, and who reports it. */
export interface AuditOptions {
  /** The person or system on whose behalf. */
  agent: Reference;
  /** The application that keeps the log. */
  observer: Reference;
}

/**
 * An entry as a FHIR R4 AuditEvent, to be stored where the policy of the site wants it.
 *
 * @example
 * const options = { agent: { reference: "Practitioner/7" }, observer: { display: "Attachments desk" } };
 * await fetch(`${base}/AuditEvent`, { method: "POST", body: auditEvent(entry, options), headers });
 */
export function auditEvent(entry: AuditEntry, { agent, observer }: AuditOptions): ResourceText {
  const { at, base, interaction, resourceType, reference, status } = entry;
  return JSON.stringify({
    resourceType: "AuditEvent",
    type: {
      system: "http://terminology.hl7.org/CodeSystem/audit-event-type",
      code: "rest",
      display: "RESTful Operation",
    },
    subtype: [{ system: "http://hl7.org/fhir/restful-interaction", code: interaction }],
    action: ACTIONS[interaction],
    recorded: at,
    outcome: outcome(status),
    ...(status !== undefined && { outcomeDesc: `HTTP ${status}` }),
    agent: [
      { who: agent, requestor: true },
      { who: { display: base }, requestor: false, network: { address: new URL(base).host, type: "1" } },
    ],
    source: { observer },
    ...(resourceType && {
      entity: [
        {
          ...(reference && { what: { reference: `${base}/${reference}` } }),
          type: { system: "http://hl7.org/fhir/resource-types", code: resourceType },
        },
      ],
    }),
  });
}
