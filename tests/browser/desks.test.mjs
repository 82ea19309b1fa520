// @ts-check
/** The page with both desks, driven as a person would, its conversations' ends read from the servers. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as evidence from "../../examples/desks/evidence.mjs";
import { buildServer, startServers } from "../../examples/desks/servers.mjs";
import { serveSite } from "../../examples/desks/site.mjs";
import { browse } from "./browser.mjs";

/**
 * @typedef {import("node:test").TestContext} TestContext
 * @typedef {import("playwright-core").Locator} Locator
 * @typedef {import("playwright-core").Page} Page
 */

const RESULTS = fileURLToPath(new URL("results/", import.meta.url));
/** The browser's own line for any answer of 400 or more; whether one is expected is up to the test. */
const STATUS = /Failed to load resource: the server responded with a status of/;

const program = buildServer();

/** Servers, page, and both desks of it. @param {TestContext} t */
async function open(t) {
  const { bases, stop } = await startServers(program);
  t.after(stop);
  const site = await serveSite(0, bases);
  t.after(site.stop);
  const page = await (await browse(t)).newPage({ viewport: { width: 1360, height: 900 } });
  page.setDefaultTimeout(15_000);
  /** @type {string[]} */
  const complaints = [];
  page.on("console", (message) => {
    // Violations of the content security policy are among them.
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { origin } = new URL(request.url());
    const known = [site.url, ...Object.values(bases)].some((url) => new URL(url).origin === origin);
    if (!known && !request.url().startsWith("blob:")) complaints.push(`a request to ${origin}`);
  });
  await page.goto(site.url);
  await page.locator("body[data-open]").waitFor();
  const payer = page.getByRole("region", { name: "Payer" });
  const provider = page.getByRole("region", { name: "Provider" });
  return { page, bases, complaints, payer, provider };
}

/** @param {Locator} payer @param {RegExp} what @param {"Without Task" | "With Task"} variant */
async function ask(payer, what, variant) {
  await payer.getByRole("radio", { name: what }).check();
  await payer.getByRole("radio", { name: variant }).check();
  await payer.getByRole("button", { name: "Ask" }).click();
}

/** @param {Locator} card @param {string} name */
const press = (card, name) => card.getByRole("button", { name, exact: true }).click();

/** Sends one answer from the form of a card. @param {Locator} card @param {number} item @param {{ text: string } | { file: { name: string, mimeType: string, buffer: Buffer } } | "record"} content */
async function answer(card, item, content) {
  await card.getByLabel("Item").selectOption({ index: item });
  const kind = content === "record" ? "Record" : "text" in content ? "Text" : "File";
  await card.getByRole("radio", { name: kind, exact: true }).check();
  if (content !== "record") {
    const control = card.getByLabel(kind, { exact: true }).and(card.locator("textarea, input[type=file]"));
    if ("text" in content) await control.fill(content.text);
    else await control.setInputFiles(content.file);
  }
  await press(card, "Send");
}

/** @param {Locator} desk @param {string} state */
const cardIn = (desk, state) => desk.locator(`article[data-state="${state}"]`);

/** Repeats a look at the servers until it throws nothing, for they need their time. @template T @param {() => Promise<T>} look */
async function eventually(look) {
  const end = performance.now() + 10_000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > end) throw error;
      await wait(100);
    }
  }
}

/** The only resource of a type. @param {string} base @param {string} type */
async function only(base, type) {
  const found = await evidence.all(`${base}/${type}`);
  assert.equal(found.length, 1, `${type} at ${base}`);
  return found[0];
}

test("without Task: HL7's example is asked and answered", async (t) => {
  const { bases, complaints, payer, provider } = await open(t);
  await ask(payer, /Accident report/, "Without Task");
  const card = provider.getByRole("article");
  await press(card, "Accept");
  await answer(card, 0, { text: "There was no accident." });
  await press(card, "Complete");
  await cardIn(payer, "answered").getByText("There was no accident.").waitFor();

  const { id } = await only(bases.provider, "CommunicationRequest");
  await evidence.expectAnswered(bases, id, [[{ answers: 0, contentString: "There was no accident." }]]);
  await provider.locator('article[data-finished="true"]').waitFor();
  assert.equal((await evidence.all(`${bases.provider}/Task`)).length, 0);
  assert.deepEqual(complaints, []);
});

test("with Task: two items are asked, and answered with a file and a record", async (t) => {
  const { page, bases, complaints, payer, provider } = await open(t);
  await ask(payer, /Problems and discharge summary/, "With Task");
  const card = provider.getByRole("article");
  await press(card, "Accept");
  await cardIn(payer, "accepted").waitFor();
  await card.getByLabel("Progress").fill("Records found");
  await press(card, "Tell");
  await press(card, "Start");
  await payer.getByText("Progress: Records found").waitFor();
  await press(card, "Hold");
  await cardIn(payer, "paused").waitFor();
  assert.equal(
    await card.getByRole("button", { name: "Send" }).isDisabled(),
    true,
    "paused work sends nothing",
  );
  await press(card, "Resume");

  const buffer = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x2d, 0x31, 0x2e, 0x37, 0x0a, 0xff, 0x00, 0xfe]);
  await answer(card, 0, { file: { name: "problems.pdf", mimeType: "application/pdf", buffer } });
  await card.getByText("problems.pdf").waitFor();
  await answer(card, 1, "record");
  await press(card, "Complete");
  const answered = cardIn(payer, "answered");
  await answered.waitFor();

  const { id } = await only(bases.provider, "Task");
  const contentAttachment = {
    contentType: "application/pdf",
    data: buffer.toString("base64"),
    size: buffer.length,
    hash: createHash("sha1").update(buffer).digest("base64"),
    title: "problems.pdf",
  };
  const contentReference = { reference: "DocumentReference/discharge-summary" };
  const sent = [[{ answers: 0, contentAttachment }], [{ answers: 1, contentReference }]];
  await eventually(() => evidence.expectTaskAnswered(bases, id, sent));
  const log = await evidence.get(new URL("/_world/log", bases.provider).href);
  const fetched = log.filter(
    (/** @type {any} */ it) => it.method === "GET" && /^Communication\//.test(it.url),
  );
  assert.ok(fetched.length >= 2, "the payer has fetched both Communications");

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    answered.getByRole("link", { name: "problems.pdf" }).click(),
  ]);
  /** @type {Buffer[]} */
  const pieces = [];
  for await (const piece of await download.createReadStream()) pieces.push(piece);
  assert.deepEqual(Buffer.concat(pieces), buffer, "the payer saves what the provider attached");
  await answered.getByText("Closed fracture of the left distal radius", { exact: false }).waitFor();

  await payer.locator(".traffic summary").last().click();
  await accessible(page);
  await shoot(page, "answered");
  assert.deepEqual(complaints, []);
});

test("with Task: a request is rejected, with a reason or not at all", async (t) => {
  const { page, bases, complaints, payer, provider } = await open(t);
  await ask(payer, /LOINC/, "With Task");
  const card = provider.getByRole("article");
  await press(card, "Reject");
  await card.getByText("Not done: give a reason").waitFor();
  assert.equal((await only(bases.provider, "Task")).status, "requested", "a refusal leaves no trace");
  await accessible(page);
  await shoot(page, "arrived");

  await card.getByLabel("Reason").fill("We do not have it.");
  await press(card, "Reject");
  await cardIn(payer, "declined").getByText("Reason: We do not have it.").waitFor();

  const { id } = await only(bases.provider, "Task");
  await evidence.expectRejected(bases, id, "We do not have it.");
  assert.equal(await payer.getByRole("article").getByRole("button", { name: "Cancel" }).isVisible(), false);
  assert.deepEqual(complaints, []);
});

test("an answer is kept at the provider's server, and a Task at the payer's points at it", async (t) => {
  const { bases, complaints, payer, provider } = await open(t);
  await ask(payer, /LOINC/, "Without Task");
  const card = provider.getByRole("article");
  await press(card, "Accept");
  await card.getByLabel("Delivery").selectOption({ value: "communication-task" });
  await answer(card, 0, { text: "<b>Discharged</b> on 1 November." });
  await press(card, "Complete");
  // Read as text: the desk shows what was sent, not what a browser would make of it.
  await cardIn(payer, "answered").getByText("<b>Discharged</b> on 1 November.").waitFor();

  const request = await only(bases.provider, "CommunicationRequest");
  const communication = await only(bases.provider, "Communication");
  const url = `${bases.provider}/CommunicationRequest/${request.id}`;
  const contentString = "<b>Discharged</b> on 1 November.";
  evidence.expectAnswer(communication, request, url, [{ answers: 0, contentString }]);
  const task = await only(bases.payer, "Task");
  assert.equal(task.focus.reference, `${bases.provider}/Communication/${communication.id}`);
  assert.equal((await evidence.all(`${bases.payer}/Communication`)).length, 0);
  assert.deepEqual(complaints, []);
});

test("a request is taken back before anybody has acted", async (t) => {
  const { bases, complaints, payer } = await open(t);
  await ask(payer, /Active problems/, "With Task");
  const card = cardIn(payer, "sent");
  await card.getByLabel("Reason to cancel").fill("Asked twice.");
  await press(card, "Cancel");
  await cardIn(payer, "cancelled").waitFor();
  await eventually(async () => {
    assert.equal((await only(bases.provider, "Task")).status, "cancelled");
    assert.equal((await only(bases.payer, "CommunicationRequest")).status, "revoked");
  });
  assert.deepEqual(complaints, []);
});

test("servers that fail or talk nonsense are named, and nothing is lost or doubled", async (t) => {
  const { page, bases, complaints, payer, provider } = await open(t);
  const faults = (/** @type {string} */ base) => new URL("/_world/faults", base).href;
  const inject = async (/** @type {string} */ base, /** @type {object} */ fault) => {
    const { status } = await fetch(faults(base), { method: "POST", body: JSON.stringify(fault) });
    assert.equal(status, 204);
  };
  const failing = { type: "status", status: 500, html: true };
  await inject(bases.provider, { method: "GET", url: "CommunicationRequest?", times: null, effect: failing });
  await provider.locator("#inbox-message").filter({ hasText: "500" }).waitFor();
  await ask(payer, /Accident report/, "Without Task");
  await cardIn(payer, "sent").waitFor();
  await shoot(page, "failing");
  await fetch(faults(bases.provider), { method: "DELETE" });
  const card = provider.getByRole("article");
  await press(card, "Accept");
  assert.equal(await provider.locator("#inbox-message").isVisible(), false, "over with the next look");

  // The payer's server stores the Communication, and a proxy says something else, twice.
  await inject(bases.payer, { method: "POST", url: "Communication", times: 2, effect: { type: "html" } });
  await answer(card, 0, { text: "Said once." });
  await card.getByText("what came back is no FHIR", { exact: false }).waitFor();
  const again = card.getByRole("button", { name: "Try again" });
  const sent = eventually(() => only(bases.payer, "Communication"));
  if (await again.isVisible()) await again.click();
  await cardIn(provider, "answered").waitFor({ timeout: 30_000 });
  await press(card, "Complete");
  await cardIn(payer, "answered").waitFor();
  await sent;
  const { id } = await only(bases.provider, "CommunicationRequest");
  await evidence.expectAnswered(bases, id, [[{ answers: 0, contentString: "Said once." }]]);
  assert.deepEqual(
    complaints.filter((complaint) => !STATUS.test(complaint)),
    [],
  );
});

/** That every control has a name, and that headings do not skip a level. @param {Page} page */
async function accessible(page) {
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  const controls = nodes.filter(({ ignored, role }) => {
    const wanted = ["button", "textbox", "combobox", "radio", "link", "radiogroup", "article", "region"];
    return !ignored && wanted.includes(role?.value);
  });
  assert.ok(controls.length > 15, `${controls.length} controls`);
  for (const { role, name } of controls) assert.ok(name?.value?.trim(), `a ${role?.value} without a name`);
  const headings = await page.locator("h1, h2, h3, h4, h5, h6").filter({ visible: true }).all();
  let level = 0;
  for (const heading of headings) {
    const next = Number((await heading.evaluate((element) => element.tagName)).slice(1));
    assert.ok(next <= level + 1, `h${next} “${await heading.textContent()}” follows h${level}`);
    level = next;
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false, "the page scrolls sideways");
}

/** Leaves pictures for people to look at. @param {Page} page @param {string} name */
async function shoot(page, name) {
  mkdirSync(RESULTS, { recursive: true });
  const size = page.viewportSize();
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme });
    for (const [width, format] of /** @type {const} */ ([
      [1360, "wide"],
      [390, "narrow"],
    ])) {
      // As high as the page is: what is out of sight may not have been painted.
      await page.setViewportSize({ width, height: 900 });
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width, height });
      await page.evaluate(
        () => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 50))),
      );
      await page.screenshot({ path: `${RESULTS}${name}-${colorScheme}-${format}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (size) await page.setViewportSize(size);
}
