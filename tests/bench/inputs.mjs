// @ts-check
/** What is validated in benchmarks: made of official examples, the same on every machine. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../setup/run.mjs";

const EXAMPLES = join(ROOT, "node_modules/hl7.fhir.r4.examples");
const read = (/** @type {string} */ name) => readFileSync(join(EXAMPLES, `${name}.json`));

/** What the Bundle holds, over and over. */
const PARTS = [
  ...["CommunicationRequest-fm-solicit", "CommunicationRequest-example", "Communication-example"],
  ...["Task-example1", "Task-example3", "Patient-example", "Organization-hl7", "Practitioner-example"],
];

/** A searchset of 100 entries, indented as servers do. */
function bundle() {
  const entry = Array.from({ length: 100 }, (_, index) => {
    const resource = JSON.parse(read(PARTS[index % PARTS.length] ?? "").toString());
    // A narrative is half of some examples; servers rarely send one.
    delete resource.text;
    resource.id = `${resource.id}-${index}`;
    return { fullUrl: `https://example.org/fhir/${resource.resourceType}/${resource.id}`, resource };
  });
  return Buffer.from(JSON.stringify({ resourceType: "Bundle", type: "collection", entry }, null, 1));
}

/**
 * @param {import("fhir-solicit").Solicit} solicit
 * @returns {Record<string, Uint8Array>} by name
 */
export function inputs(solicit) {
  return {
    "CommunicationRequest fm-solicit": read("CommunicationRequest-fm-solicit"),
    "Task example1": read("Task-example1"),
    "Bundle of 100": bundle(),
    ...largest(solicit),
  };
}

/** The largest example of whose resources the loaded packs know every type. @param {import("fhir-solicit").Solicit} solicit */
function largest(solicit) {
  const names = readdirSync(EXAMPLES).filter((name) => /^[A-Z].*\.json$/.test(name));
  const sizes = names.map((name) => ({ name, size: statSync(join(EXAMPLES, name)).size }));
  for (const { name } of sizes.sort((a, b) => b.size - a.size)) {
    const bytes = readFileSync(join(EXAMPLES, name));
    const { errors, unchecked } = solicit.validate(bytes);
    if (errors === 0 && !unchecked.some(({ kind }) => kind === "resource-type")) {
      return { [name.replace("-", " ").replace(".json", "")]: bytes };
    }
  }
  return {};
}
