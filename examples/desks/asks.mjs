// @ts-check
/** What the payer can ask for, on the page and in the script. */

/** What names the two sides to each other; the organisations are those of seed/. */
const PAYER = { reference: "Organization/larkspur", display: "Larkspur Health Plan" };
const PROVIDER = { reference: "Organization/hillside", display: "Hillside Clinic" };

/**
 * @typedef {import("fhir-solicit").Reference} Reference
 *
 * @typedef {object} Ask
 * @property {string} id
 * @property {string} title
 * @property {string} detail
 * @property {import("fhir-solicit").RequestDraft["ask"]} [draft] what to ask for; HL7's example says it itself
 */

/** The record of Mara Ellison at the provider, which a query there has to name. */
const PROBLEMS = { query: "Condition?patient=Patient/p-2088&clinical-status=active" };
const DISCHARGE_SUMMARY = {
  noteType: {
    coding: [{ system: "http://loinc.org", code: "18842-5", display: "Discharge summary" }],
    text: "Discharge summary",
  },
};

/** @type {Ask[]} */
export const ASKS = [
  {
    id: "fm-solicit",
    title: "Accident report",
    detail: "HL7's own example CommunicationRequest/fm-solicit, as published",
  },
  {
    id: "query",
    title: "Active problems",
    detail: `by query: ${PROBLEMS.query}`,
    draft: [PROBLEMS],
  },
  {
    id: "note",
    title: "Discharge summary",
    detail: "by type of clinical note: LOINC 18842-5",
    draft: [DISCHARGE_SUMMARY],
  },
  {
    id: "both",
    title: "Problems and discharge summary",
    detail: "by query and by type of note, two items in one request",
    draft: [PROBLEMS, DISCHARGE_SUMMARY],
  },
];

/** Two weeks to answer. */
const DAYS = 14;

/**
 * The CommunicationRequest that asks.
 *
 * @param {import("fhir-solicit").Solicit} solicit
 * @param {Ask} ask
 * @param {{ provider: string, example: string }} given the provider's base URL, and HL7's example as text
 */
export function requestFor(solicit, ask, { provider, example }) {
  if (!ask.draft) return example;
  return solicit.draft({
    subject: { reference: "Patient/member-4410", display: "Mara Ellison" },
    ask: ask.draft,
    informationSender: providerAt(provider),
    informationRecipients: [PAYER],
    requester: PAYER,
    about: [{ reference: "Claim/claim-8612", display: "Claim 8612" }],
    due: new Date(Date.now() + DAYS * 86_400_000).toISOString(),
  });
}

/** Who is to answer, as seen from the payer. @param {string} provider base URL @returns {Reference} */
export const providerAt = (provider) => ({ ...PROVIDER, reference: `${provider}/${PROVIDER.reference}` });

/** The document that the provider has in its records. */
export const KEPT = {
  reference: "DocumentReference/discharge-summary",
  display: "Discharge summary of 1 November 2026",
};

/**
 * How often both desks look. A second is for servers of one's own only: the guides ask for a minute at least.
 * @type {import("fhir-solicit").Cadence}
 */
export const CADENCE = { cadence: "custom", seconds: 1, unsafeBelowMinute: true };
