/** A Communication and what it brings. */
import type { Attachment, Received } from "fhir-solicit";
import { h } from "./dom.js";
import { moment, name, type Payload, read, words } from "./read.js";
import { fault } from "./words.js";

/** Shows Communications in a list, and makes those that are there already no second time. */
export function communicationList(list: HTMLElement): (all: Received[]) => void {
  /** What each entry was made from: it is made anew when what it refers to has come. */
  const shown: string[] = [];
  return (all) => {
    for (const [at, received] of all.entries()) {
      const key = JSON.stringify(received);
      if (shown[at] === key) continue;
      shown[at] = key;
      const entry = communication(received);
      if (list.children[at]) list.children[at].replaceWith(entry);
      else list.append(entry);
    }
  };
}

function communication({ document, contents = [] }: Received): HTMLElement {
  const { id, status, sent, payload = [], note = [], statusReason } = read(document);
  const reason = words(statusReason);
  const head = [`Communication/${id ?? "?"}`, status, moment(sent)].filter(Boolean).join(" · ");
  const references = payload.filter(({ contentReference }) => outside(contentReference?.reference));
  const parts = payload.map((one) => {
    const content = contents[references.indexOf(one)];
    return h("li", {}, ...payloadParts(one, content));
  });
  return h(
    "li",
    {},
    h("p", { class: "hint" }, head),
    ...(reason ? [h("p", {}, `Reason: ${reason}`)] : []),
    h("ul", { class: "payloads" }, ...parts),
    ...note.map(({ text = "" }) => h("p", {}, `Note: ${text}`)),
  );
}

const outside = (reference: string | undefined) => reference !== undefined && !reference.startsWith("#");

function payloadParts(payload: Payload, content: NonNullable<Received["contents"]>[number] | undefined) {
  const { contentString, contentAttachment, contentReference } = payload;
  if (contentString !== undefined) return [h("p", { class: "text" }, contentString)];
  if (contentAttachment) return attachment(contentAttachment);
  const title = h("p", {}, `Refers to ${name(contentReference, {}) ?? "something that is not named"}`);
  if (content?.fault) return [title, h("p", { class: "message" }, `${fault(content.fault)}.`)];
  if (content?.unlocated) {
    return [title, h("p", { class: "message" }, "It is on a server that this desk does not know.")];
  }
  const { content: documents = [] } = read(content?.document);
  return [title, ...documents.flatMap((one) => attachment(one.attachment ?? {}))];
}

/** A link that saves the attachment; what is plain text can be read in place. */
function attachment({ data, url, contentType = "unknown type", title, size }: Attachment): HTMLElement[] {
  const label = title ?? "attachment";
  if (data === undefined) return [h("p", {}, `${label}, at ${url ?? "an unknown place"}`)];
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  } catch {
    return [h("p", { class: "message" }, `${label}: the content is damaged (it is no base64).`)];
  }
  // As bytes whatever it says it is, so that no browser opens a stranger's HTML as part of this page.
  const link = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const facts = `${contentType}, ${bytes.length.toLocaleString()} bytes`;
  const parts: HTMLElement[] = [
    h("p", {}, h("a", { href: link, download: label }, label), h("span", { class: "hint" }, ` ${facts}`)),
  ];
  if (size !== undefined && size !== bytes.length) {
    parts.push(h("p", { class: "message" }, `It says that it has ${size} bytes: something is missing.`));
  }
  if (/^text\/plain\b/.test(contentType)) {
    parts.push(h("pre", { tabindex: "0" }, new TextDecoder().decode(bytes)));
  }
  return parts;
}
