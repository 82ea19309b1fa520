// @ts-check
/** What a profile adds to the check of a resource, and what it takes to compile a guide. */
import { readFileSync } from "node:fs";
import { loadSolicit } from "fhir-solicit";
import { measure } from "./race.mjs";
import { microseconds, table } from "./table.mjs";

const PACKS = new URL("../../js/dist/packs/", import.meta.url);
const CDEX = "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition";

const concept = (/** @type {string} */ system, /** @type {string} */ code) => ({
  coding: [{ system, code }],
});
const HREX_TEMP = "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp";
const CDEX_TEMP = "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp";

/** A data request as CDex 2.1 has it, with as many queries as a busy payer asks. */
const DATA_REQUEST = {
  resourceType: "Task",
  identifier: [{ system: "http://example.org/requests", value: "bench-1" }],
  status: "requested",
  intent: "order",
  code: concept(CDEX_TEMP, "data-request-query"),
  for: { reference: "http://example.org/fhir/Patient/1" },
  authoredOn: "2026-11-02T09:00:00Z",
  lastModified: "2026-11-02T09:00:00Z",
  requester: { reference: "http://example.org/fhir/Organization/payer" },
  owner: { reference: "http://example.org/fhir/Organization/clinic" },
  reasonCode: { text: "Support of a claim" },
  reasonReference: { reference: "http://example.org/fhir/Claim/1" },
  input: [
    { type: concept(HREX_TEMP, "data-query"), valueString: "Condition?patient=1&clinical-status=active" },
    { type: concept(CDEX_TEMP, "signature-flag"), valueBoolean: true },
  ],
};

/** The resources, the profiles they are held to, and the pack that has them. */
const CASES = {
  "CDex 2.1 data request": {
    pack: "cdex-2.1.0",
    profile: `${CDEX}/cdex-task-data-request`,
    resource: DATA_REQUEST,
  },
};

export async function profile() {
  const solicit = await loadSolicit();
  for (const { pack } of Object.values(CASES)) {
    await solicit.loadPack(new Uint8Array(readFileSync(new URL(`${pack}.pack`, PACKS))));
  }
  /** @type {Record<string, unknown>} */
  const figures = {};
  const rows = Object.entries(CASES).map(([name, { profile, resource }]) => {
    const bytes = new TextEncoder().encode(JSON.stringify(resource));
    const report = solicit.validate(bytes, { profiles: [profile] });
    if (report.errors > 0 || report.unchecked.some((one) => one.kind === "profile" && one.name === profile)) {
      throw new Error(`${name} is not what it is to be: ${JSON.stringify(report, undefined, 1)}`);
    }
    const [base, held] = measure([
      () => solicit.validate(bytes),
      () => solicit.validate(bytes, { profiles: [profile] }),
    ]);
    if (!base || !held) throw new Error("nothing was measured");
    figures[name] = { bytes: bytes.length, base, profile: held, ratio: held.median / base.median };
    return [
      name,
      String(bytes.length),
      microseconds(base.median),
      microseconds(held.median),
      (held.median / base.median).toFixed(2),
    ];
  });
  console.log("Node: base R4 alone, and a profile beside it\n");
  table(["", "bytes", "base", "with profile", "ratio"], rows);
  return figures;
}
