/** The form with which the provider writes a Communication. */
import type { Attachment, Delivery, Item, PayloadDraft, Responder } from "fhir-solicit";
import { KEPT } from "../asks.mjs";
import { field, h, uniqueId } from "./dom.js";
import { asked } from "./read.js";

const DELIVERIES: [Delivery, string][] = [
  ["usual", "as usual"],
  ["communication", "posted to the payer"],
  ["communication-task", "kept here, announced to the payer by a Task"],
];

type Kind = "text" | "file" | "reference";
const KINDS: [Kind, string][] = [
  ["text", "Text"],
  ["file", "File"],
  ["reference", "Record"],
];

/** @param send does what is given to it with the request that is answered; whether that succeeded */
export function answerForm(send: (verb: (answering: Responder) => Promise<void>) => Promise<boolean>) {
  const group = uniqueId("kind");
  const item = h("select");
  const text = h("textarea", { rows: "3", required: true });
  const file = h("input", { type: "file", required: true });
  const record = h("select", {}, h("option", { value: KEPT.reference }, KEPT.display));
  const delivery = h("select", {}, ...DELIVERIES.map(([value, label]) => h("option", { value }, label)));
  const contents: Record<Kind, HTMLElement> = {
    text: field("Text", text),
    file: field("File", file),
    reference: field("Record on this server", record),
  };
  const choice = h("div", { class: "inline", role: "radiogroup", "aria-label": "Content" });
  for (const [kind, label] of KINDS) {
    const input = h("input", { type: "radio", name: group, value: kind, checked: kind === "text" });
    input.addEventListener("change", () => choose(kind));
    choice.append(h("label", {}, input, label));
  }
  const parts = h(
    "fieldset",
    {},
    h("legend", {}, "Answer"),
    field("Item", item),
    choice,
    ...Object.values(contents),
    field("Delivery", delivery),
    h("button", { type: "submit", class: "primary" }, "Send"),
  );
  const form = h("form", { class: "answer" }, parts);
  let chosen: Kind = "text";
  choose(chosen);

  function choose(kind: Kind) {
    chosen = kind;
    for (const [name, element] of Object.entries(contents)) element.hidden = name !== kind;
    // A required control that is hidden would keep the form from being sent.
    text.disabled = kind !== "text";
    file.disabled = kind !== "file";
  }

  async function content(): Promise<PayloadDraft> {
    if (chosen === "text") return { contentString: text.value };
    if (chosen === "reference") return { contentReference: KEPT };
    const [given] = file.files ?? [];
    return given ? { contentAttachment: await attachment(given) } : {};
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answers = item.value === "" ? {} : { answers: Number(item.value) };
    const payload = { ...answers, ...(await content()) };
    const how = { delivery: delivery.value as Delivery };
    if (await send((answering) => answering.respond(payload, how))) {
      text.value = "";
      file.value = "";
    }
  });

  return {
    element: form,
    /** Shows which items can be answered, and whether one may be now. */
    show(items: Item[], may: boolean) {
      parts.disabled = !may;
      if (item.options.length === items.length + 1) return;
      const options = items.map((one, at) => h("option", { value: String(at) }, asked(one.asked)));
      item.replaceChildren(...options, h("option", { value: "" }, "something else"));
    },
  };
}

/** A file as an attachment. */
async function attachment(file: File): Promise<Attachment> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const hash = await crypto.subtle.digest("SHA-1", bytes);
  return {
    contentType: file.type || "application/octet-stream",
    data: base64(bytes),
    size: bytes.length,
    hash: base64(new Uint8Array(hash)),
    title: file.name,
  };
}

/** In pieces, because a function takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  const piece = 0x8000;
  let binary = "";
  for (let at = 0; at < bytes.length; at += piece) {
    binary += String.fromCharCode(...bytes.subarray(at, at + piece));
  }
  return btoa(binary);
}
