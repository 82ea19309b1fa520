// @ts-check
/** One exchange in the words of two guides, as an application has it said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSolicit } from "fhir-solicit";
import { request } from "./desks.mjs";

const solicit = await loadSolicit();
const task = {
  resourceType: "Task",
  status: "requested",
  intent: "order",
  focus: { reference: "https://payer.example/fhir/CommunicationRequest/1" },
};

test("a request of 2019 becomes a data request, and what is lost is named", () => {
  const { resources, lost } = solicit.translate({
    resources: [request, task],
    from: "cdex-2019",
    to: "cdex-2.1.0",
  });
  const translated = JSON.parse(resources[0] ?? "");
  assert.equal(translated.focus, undefined);
  assert.equal(translated.input[0].type.coding[0].system.endsWith("hrex-temp"), true);
  for (const { path, reason } of lost) assert.match(`${path}: ${reason}`, /^CommunicationRequest\.\S+: \w/);
});

test("a guide of one's own is data", () => {
  const to = /** @type {const} */ ({ guide: "own", title: "Ours", extends: "hrex-1.1" });
  const { resources } = solicit.translate({ resources: [request, task], from: "cdex-2019", to });
  assert.equal(JSON.parse(resources[0] ?? "").code.coding[0].code, "data-request");
});

test("what cannot be translated is refused by kind", () => {
  const alone = /** @type {const} */ ({ from: "cdex-2019", to: "cdex-2.1.0" });
  assert.throws(() => solicit.translate({ resources: [task], ...alone }), { kind: "translation" });
  assert.throws(
    () => solicit.translate({ resources: [], from: "cdex-2019", to: /** @type {any} */ ("cdex-9") }),
    {
      kind: "argument",
    },
  );
});
