// @ts-check
/** HTTP as a person wants to read it: one line each, and nothing for a look that found nothing new. */

/** @typedef {import("fhir-solicit").Traffic} Traffic */

/** A body as a resource; `undefined` for anything else. @param {string | undefined} body */
export function resource(body) {
  try {
    const value = JSON.parse(body ?? "");
    return typeof value?.resourceType === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What was asked, and what came of it.
 * @param {Traffic} traffic
 * @param {import("./servers.mjs").Bases} bases named by their sides
 * @returns {{ asked: string, came: string, ok: boolean }}
 */
export function describe({ request, response }, bases) {
  const said = intent(resource(request.body));
  const asked = `${request.method} ${brief(request.url, bases)}${said ? ` (${said})` : ""}`;
  if (!response) return { asked, came: "no answer", ok: false };
  const found = result(request, resource(response.body));
  const ok = response.status < 400 && (found !== "" || response.body === "");
  const nothing = response.status === 304 ? "unchanged" : "";
  const came = found || (response.body === "" ? nothing : "no FHIR");
  return { asked, came: `${response.status}${came && ` ${came}`}`, ok };
}

/** A search without what says only how much of it, since when and in which order. @param {string} url @param {import("./servers.mjs").Bases} bases */
function brief(url, bases) {
  const [path, query = ""] = url.split("?");
  const said = query.split("&").filter((parameter) => !/^(_sort|_count|_lastUpdated)=/.test(parameter));
  const words = decodeURIComponent(said.join("&")).replace(/_tag=[^&]*\|/, "_tag=");
  const named = Object.entries(bases).reduce((text, [side, base]) => text.replaceAll(base, side), words);
  return named ? `${path}?${named}` : path;
}

/** What the body of a request means to do. @param {any} body */
function intent(body) {
  if (!body) return "";
  const actionable = body.meta?.tag?.some((/** @type {any} */ tag) => tag.code === "actionable");
  const progress = body.businessStatus?.text;
  const outputs = body.output?.length;
  const parts = [
    actionable ? "tagged actionable" : body.status,
    progress && `“${progress}”`,
    outputs && `${outputs} ${outputs === 1 ? "output" : "outputs"}`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** What the body of an answer says beyond the request. @param {Traffic["request"]} request @param {any} body */
function result({ method, url }, body) {
  if (!body) return "";
  if (body.resourceType === "Bundle") return `${body.entry?.length ?? 0} found`;
  if (body.resourceType === "OperationOutcome") return "OperationOutcome";
  const place = `${body.resourceType}/${body.id}`;
  if (method === "POST") return place;
  const version = body.meta?.versionId && `v${body.meta.versionId}`;
  const status = method === "GET" && body.status && `(${body.status})`;
  return [place === url ? "" : place, version, status].filter(Boolean).join(" ") || place;
}

/** Tells news from looks that found what the look before had found. */
export class Looks {
  /** @type {Map<string, string>} what each URL gave last */
  #last = new Map();

  /** Whether this look is like the one before it at the same place. @param {Traffic} traffic */
  repeats(traffic) {
    const { request, response } = traffic;
    if (request.method !== "GET" || !response) return false;
    const place = `${request.server} ${placeOf(request.url)}`;
    // A server that answers "not modified" says the same as one that sends the same version again.
    if (response.status === 304 && this.#last.has(place)) return true;
    const found = `${response.status} ${fingerprint(response.body)}`;
    const repeats = this.#last.get(place) === found;
    this.#last.set(place, found);
    return repeats;
  }
}

/** A URL without the time that an inbox moves on with every look. @param {string} url */
export const placeOf = (url) => url.replace(/[?&]_lastUpdated=[^&]*/, "");

/** @param {string} body */
function fingerprint(body) {
  const found = resource(body);
  if (!found) return body;
  const versions = (/** @type {any} */ it) => `${it?.resourceType}/${it?.id}/${it?.meta?.versionId}`;
  if (found.resourceType !== "Bundle") return versions(found);
  return (found.entry ?? []).map((/** @type {any} */ entry) => versions(entry.resource)).join(" ");
}
