// @ts-check
/** A date without a time of day ends where the user is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { solicit } from "./desks.mjs";

const servers = { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" };
const transport = () => /** @type {Promise<never>} */ (new Promise(() => {}));

/** @param {string} due @param {import("fhir-solicit").CalendarOptions} calendar */
async function until(due, calendar) {
  const request = solicit.draft({
    subject: { reference: "Patient/ann" },
    ask: [{ text: "Please send the discharge summary." }],
    informationSender: { reference: "Organization/clinic" },
    informationRecipients: [{ reference: "Organization/payer" }],
    due,
  });
  const asking = await solicit.requester({ request, variant: "with-task", servers, transport, calendar });
  asking.stop();
  return asking.solicitation.due;
}

test("r75: by the zone's offset on the day that is meant, not today's", async () => {
  const newYork = { timeZone: "America/New_York" };
  const table = /** @type {const} */ ([
    ["2027-01-31", newYork, "2027-02-01T04:59:59.999Z"],
    ["2027-07-31", newYork, "2027-08-01T03:59:59.999Z"],
    // The clocks change on the fourteenth of March, and the day ends by the new time.
    ["2027-03-13", newYork, "2027-03-14T04:59:59.999Z"],
    ["2027-03-14", newYork, "2027-03-15T03:59:59.999Z"],
    ["2027-02", { timeZone: "Asia/Kolkata" }, "2027-02-28T18:29:59.999Z"],
    ["2027", { timeZone: "UTC" }, "2027-12-31T23:59:59.999Z"],
    ["2027-01-31T12:00:00+01:00", newYork, "2027-01-31T11:00:00.000Z"],
  ]);
  for (const [due, calendar, expected] of table) {
    assert.equal((await until(due, calendar))?.until, expected, `${due} in ${calendar.timeZone}`);
  }
});

test("r75: soon is what the application says it is", async () => {
  const tomorrow = new Date(Date.now() + 36 * 3_600_000).toISOString();
  assert.equal((await until(tomorrow, {}))?.timeliness, "pending");
  assert.equal((await until(tomorrow, { soonMinutes: 48 * 60 }))?.timeliness, "soon");
});
