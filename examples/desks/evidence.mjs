// @ts-check
/** What the two servers hold, as anyone can read it there: the only thing that counts as proof. */
import { deepStrictEqual } from "node:assert";

/** @typedef {import("./servers.mjs").Bases} Bases @typedef {import("fhir-solicit").PayloadDraft} PayloadDraft */

/** A resource, or the resources that a search finds. @param {string} url @returns {Promise<any>} */
export async function get(url) {
  const response = await fetch(url, { headers: { accept: "application/fhir+json" } });
  if (!response.ok) throw new Error(`GET ${url} gave ${response.status}`);
  return response.json();
}

/** @param {string} url of a search @returns {Promise<any[]>} */
export async function all(url) {
  const { entry = [] } = await get(url);
  return entry.map((/** @type {any} */ one) => one.resource);
}

/** Throws with what was expected of what, unless it is so. @param {unknown} is @param {unknown} should @param {string} what */
export function expect(is, should, what) {
  try {
    deepStrictEqual(is, should);
  } catch {
    throw new Error(`${what}: expected ${JSON.stringify(should)}, the server holds ${JSON.stringify(is)}`);
  }
}

/**
 * That `communication` is the answer to `request`, which stands at `url`, and says what was sent.
 *
 * @param {any} communication @param {any} request @param {string} url
 * @param {PayloadDraft[]} sent
 */
export function expectAnswer(communication, request, url, sent) {
  const what = `Communication/${communication.id}`;
  expect(communication.status, "completed", `${what} status`);
  const base = url.slice(0, url.indexOf("/CommunicationRequest/"));
  const { reference, identifier } = communication.basedOn?.[0] ?? {};
  // A server may give its own resources by relative reference.
  const absolute = reference?.includes("://") ? reference : `${base}/${reference}`;
  expect(absolute, url, `${what} basedOn`);
  const known = request.identifier.some(
    (/** @type {any} */ one) => one.system === identifier?.system && one.value === identifier?.value,
  );
  expect(known, true, `${what} basedOn carries an identifier of the request`);
  expect(communication.payload?.length, sent.length, `${what} number of payloads`);
  for (const [at, payload] of sent.entries()) {
    const { answers, ...content } = payload;
    const { extension, ...held } = communication.payload[at];
    if (content.contentReference) {
      // Where it is named from decides whether it is relative.
      const end = `/${content.contentReference.reference}`;
      expect(`/${held.contentReference?.reference}`.endsWith(end), true, `${what} refers to ${end}`);
    } else expect(held, content, `${what} payload ${at + 1}`);
    const asked = answers === undefined ? undefined : request.payload[answers].extension;
    expect(extension, asked, `${what} payload ${at + 1}, the item that it answers`);
  }
}

/**
 * The end of a conversation without Task: the request at the provider, its answers at the payer.
 *
 * @param {Bases} bases
 * @param {string} id of the CommunicationRequest at the provider
 * @param {PayloadDraft[][]} sent the payloads of each answer
 */
export async function expectAnswered(bases, id, sent) {
  const url = `${bases.provider}/CommunicationRequest/${id}`;
  const request = await get(url);
  const actionable = request.meta?.tag?.some((/** @type {any} */ tag) => tag.code === "actionable");
  expect(actionable, true, `CommunicationRequest/${id} is tagged actionable`);
  const answers = await all(
    `${bases.payer}/Communication?based-on=${encodeURIComponent(url)}&_sort=_lastUpdated`,
  );
  expect(answers.length, sent.length, "the payer's Communications");
  for (const [at, payloads] of sent.entries()) expectAnswer(answers[at], request, url, payloads);
  return answers;
}

/**
 * The end of a conversation with Task: the request at the payer, Task and answers at the provider.
 *
 * @param {Bases} bases
 * @param {string} id of the Task at the provider
 * @param {PayloadDraft[][]} sent the payloads of each answer
 */
export async function expectTaskAnswered(bases, id, sent) {
  const task = await get(`${bases.provider}/Task/${id}`);
  expect(task.status, "completed", `Task/${id} status`);
  const url = task.focus?.reference ?? "";
  expect(url.startsWith(`${bases.payer}/CommunicationRequest/`), true, `Task/${id} focus is at the payer`);
  const request = await get(url);
  expect(request.status, "completed", `CommunicationRequest/${request.id} status at the payer`);
  const outputs = (task.output ?? []).map((/** @type {any} */ output) => output.valueReference?.reference);
  expect(outputs.length, sent.length, `Task/${id} outputs`);
  /** @type {any[]} */
  const answers = [];
  for (const [at, payloads] of sent.entries()) {
    const answer = await get(new URL(outputs[at], `${bases.provider}/`).href);
    expectAnswer(answer, request, url, payloads);
    answers.push(answer);
  }
  return answers;
}

/**
 * The end of a Task that was refused: why it was, and that nothing was sent.
 *
 * @param {Bases} bases
 * @param {string} id of the Task at the provider
 * @param {string} reason
 */
export async function expectRejected(bases, id, reason) {
  const task = await get(`${bases.provider}/Task/${id}`);
  expect(task.status, "rejected", `Task/${id} status`);
  expect(task.statusReason?.text, reason, `Task/${id} reason`);
  expect(task.output, undefined, `Task/${id} output`);
  for (const base of Object.values(bases)) {
    const sent = await all(`${base}/Communication?based-on=${encodeURIComponent(task.focus.reference)}`);
    expect(sent.length, 0, "Communications for a rejected Task");
  }
}
