// @ts-check
/** Information that was sent to this side, asked for or not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { providerSide, solicit, until } from "./desks.mjs";
import { world } from "./world.mjs";

const options = { timeout: 30_000 };

/** @param {string} base @param {object} resource @returns {Promise<any>} what the server has made of it */
async function post(base, resource) {
  const { resourceType } = /** @type {{ resourceType: string }} */ (resource);
  const headers = { "content-type": "application/fhir+json", prefer: "return=representation" };
  const response = await fetch(`${base}/${resourceType}`, {
    method: "POST",
    headers,
    body: JSON.stringify(resource),
  });
  assert.equal(response.status, 201);
  return response.json();
}

const communication = {
  resourceType: "Communication",
  status: "completed",
  subject: { reference: "Patient/1" },
  payload: [{ contentReference: { reference: "DocumentReference/1" } }, { contentString: "by the way" }],
};

test(
  "a Task tells of it: it is fetched once it is accepted, and goes on after a reload",
  options,
  async (t) => {
    const servers = await world(t);
    const { payer, provider } = servers;
    const sent = await post(payer.base, {
      ...communication,
      basedOn: [{ reference: "CommunicationRequest/1" }],
    });
    await post(provider.base, {
      resourceType: "Task",
      status: "requested",
      intent: "order",
      focus: { reference: `${payer.base}/Communication/${sent.id}` },
    });
    const inbox = await solicit.inbox({ ...providerSide(servers), communications: true });
    const news = await until(inbox.updates(), "arrived");
    assert.equal(news.brings, "information");
    const receiving = await inbox.receive(news);
    inbox.stop();
    assert.deepEqual([receiving.receipt, receiving.communication], [{ status: "requested" }, undefined]);
    await receiving.accept();
    const { receipt } = await until(
      receiving.updates(),
      "receipt",
      (one) => one.receipt.lacking !== undefined,
    );
    const [lacking = ""] = receipt.lacking ?? [];
    assert.deepEqual([receipt.solicited, lacking], [true, "DocumentReference/1"]);

    const saved = JSON.parse(JSON.stringify(solicit.snapshot({ receiving })));
    receiving.stop();
    const { actors, aside } = await solicit.restoreAll(saved, () => ({ signal: servers.signal }));
    assert.deepEqual(aside, []);
    const again = actors.receiving;
    assert(again?.actor === "information-recipient");
    await again.waive(lacking);
    assert.equal((await again.finished).status, "completed");
    assert.equal(JSON.parse(again.communication?.document ?? "{}").id, sent.id);
    assert.equal((await provider.one("Task")).status, "completed");
    const words = [];
    for await (const one of again.resolveContent()) if (one.news === "content") words.push(one.content.text);
    assert.deepEqual(words, ["by the way"]);
  },
);

test("what nobody has asked for is told of, and known as such", options, async (t) => {
  const servers = await world(t);
  await post(servers.provider.base, communication);
  const inbox = await solicit.inbox({ ...providerSide(servers), communications: true });
  const receiving = await inbox.receive(await until(inbox.updates(), "arrived"));
  inbox.stop();
  assert.equal(receiving.receipt.solicited, false);
  await receiving.reject("no patient of ours");
  assert.equal((await receiving.finished).status, "rejected");
});

test("what is no information is refused", options, async () => {
  const arrived = { resourceType: "Task", id: "1", status: "requested", intent: "order" };
  const servers = { home: "https://registry.example/fhir" };
  await assert.rejects(solicit.informationRecipient({ arrived: JSON.stringify(arrived), servers }), {
    name: "SolicitError",
    kind: "wrong-resource",
  });
});
