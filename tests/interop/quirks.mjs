// @ts-check
/** What servers do that a client must live with, as seen in the traffic of the machines. */

/** @typedef {import("fhir-solicit").Traffic} Traffic */

/** @param {Traffic} traffic @returns {any} */
function json({ response }) {
  try {
    return JSON.parse(response?.body ?? "");
  } catch {
    return undefined;
  }
}

const searchset = (/** @type {Traffic} */ traffic) => {
  const bundle = json(traffic);
  return bundle?.resourceType === "Bundle" ? bundle : undefined;
};

const created = (/** @type {Traffic} */ { request, response }) =>
  request.method === "POST" && response?.status === 201;

/** @type {Record<string, (traffic: Traffic) => boolean | undefined>} */
const QUIRKS = {
  "no answer": ({ response }) => !response,
  "an error page that is no FHIR": (traffic) =>
    (traffic.response?.status ?? 0) >= 400 && json(traffic)?.resourceType !== "OperationOutcome",
  "asked to come back later": ({ response }) => response?.headers["retry-after"] !== undefined,
  "401 in the middle": ({ response }) => response?.status === 401,
  "FHIR called application/json": ({ response }) =>
    response?.headers["content-type"]?.startsWith("application/json"),
  "created, without a Location that can be read": (traffic) =>
    created(traffic) && traffic.response?.headers.location === undefined,
  "created, with a Location without version": (traffic) =>
    created(traffic) && traffic.response?.headers.location?.includes("/_history/") === false,
  "created, without an ETag that can be read": (traffic) =>
    created(traffic) && traffic.response?.headers.etag === undefined,
  "already there: 200 on a conditional create": ({ request, response }) =>
    request.method === "POST" && response?.status === 200,
  "outdated: 409 or 412 on an update": ({ request, response }) =>
    request.method === "PUT" && [409, 412].includes(response?.status ?? 0),
  "304 without ETag": ({ response }) => response?.status === 304 && response.headers.etag === undefined,
  "a searchset without total": (traffic) => searchset(traffic) && searchset(traffic).total === undefined,
  "a searchset with an empty list of entries": (traffic) => searchset(traffic)?.entry?.length === 0,
  "a searchset with an outcome among its rows": (traffic) =>
    searchset(traffic)?.entry?.some(
      (/** @type {any} */ entry) => entry.resource?.resourceType === "OperationOutcome",
    ),
  "a searchset of several pages": (traffic) =>
    searchset(traffic)?.link?.some((/** @type {any} */ link) => link.relation === "next"),
  "two times of update in one millisecond": (traffic) => {
    const times = (searchset(traffic)?.entry ?? []).map(
      (/** @type {any} */ entry) => entry.resource?.meta?.lastUpdated,
    );
    return new Set(times).size < times.length;
  },
};

/** Counts the quirks that traffic shows. */
export function quirks() {
  const met = Object.fromEntries(Object.keys(QUIRKS).map((name) => [name, 0]));
  return {
    met,
    onTraffic: (/** @type {Traffic} */ traffic) => {
      for (const [name, shows] of Object.entries(QUIRKS)) {
        if (shows(traffic)) met[name] = (met[name] ?? 0) + 1;
      }
    },
  };
}
