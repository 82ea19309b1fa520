// @ts-check
/** What the tests of an exchange begin with. */
import assert from "node:assert/strict";
import { loadSolicit } from "fhir-solicit";

export const solicit = await loadSolicit();

/** Every second: for servers of one's own on loopback only. */
export const cadence = /** @type {const} */ ({ cadence: "custom", seconds: 1, unsafeBelowMinute: true });

/** A request for one thing. */
export const request = solicit.draft({
  subject: { reference: "Patient/1" },
  ask: [{ query: "Condition?patient=1&clinical-status=active" }],
  informationSender: { identifier: { system: "http://hl7.org/fhir/sid/us-npi", value: "9941339108" } },
  informationRecipients: [{ identifier: { system: "http://example.org/payers", value: "7" } }],
  requester: { identifier: { system: "http://example.org/payers", value: "7" } },
});

/** @param {import("./world.mjs").World} world */
export const payerSide = ({ payer, provider, signal }) => ({
  servers: { home: payer.base, partner: provider.base },
  cadence,
  signal,
});

/** @param {import("./world.mjs").World} world */
export const providerSide = ({ payer, provider, signal }) => ({
  servers: { home: provider.base, partner: payer.base },
  cadence,
  signal,
});

/**
 * The first news that fits.
 * @template {import("fhir-solicit").News["update"]} U
 * @param {AsyncIterable<import("fhir-solicit").News>} updates
 * @param {U} update
 * @param {(news: Extract<import("fhir-solicit").News, { update: U }>) => boolean} [fits]
 */
export async function until(updates, update, fits = () => true) {
  for await (const news of updates) {
    const wanted = /** @type {Extract<import("fhir-solicit").News, { update: U }>} */ (news);
    if (news.update === update && fits(wanted)) return wanted;
  }
  return assert.fail(`the updates ended without one of kind ${update} that fits`);
}

/** @param {{ updates(): AsyncIterable<import("fhir-solicit").News> }} machine @param {string} state */
export const reaches = (machine, state) =>
  until(machine.updates(), "state", ({ solicitation }) => solicitation.state === state);
