/** What the desks show of resources. Everything is optional: what a server sends need not be complete. */
import type { Asked, Attachment, CodeableConcept, Identifier, Reference } from "fhir-solicit";

export interface Payload {
  contentString?: string;
  contentAttachment?: Attachment;
  contentReference?: Reference;
}
/** The elements of CommunicationRequest, Communication, Task and DocumentReference that are shown. */
export interface Shown {
  resourceType?: string;
  id?: string;
  status?: string;
  name?: string;
  identifier?: Identifier[];
  description?: string;
  sent?: string;
  contained?: Shown[];
  subject?: Reference;
  for?: Reference;
  requester?: Reference;
  sender?: Reference;
  encounter?: Reference;
  about?: Reference[];
  statusReason?: CodeableConcept;
  note?: { text?: string }[];
  payload?: Payload[];
  content?: { attachment?: Attachment }[];
}

/** A resource as text, made readable to this program. */
export function read(text: string | undefined): Shown {
  return text === undefined ? {} : (JSON.parse(text) as Shown);
}

/** Whom or what a reference means, in words: by name, else by identifier, else by where it is. */
export function name(reference: Reference | undefined, { contained = [] }: Shown): string | undefined {
  if (!reference) return undefined;
  if (reference.display) return reference.display;
  const inside = contained.find(({ id }) => `#${id}` === reference.reference);
  const identifier = inside?.identifier?.[0] ?? reference.identifier;
  if (inside?.name) return inside.name;
  if (identifier?.value) return [inside?.resourceType, identifier.value].filter(Boolean).join(" ");
  return reference.reference;
}

export function words(concept: CodeableConcept | undefined): string | undefined {
  const [coding] = concept?.coding ?? [];
  return concept?.text ?? coding?.display ?? coding?.code;
}

/** What an item asks for, in words. */
export function asked(item: Asked): string {
  if (item === "content") return "as the attachment or reference explains";
  if ("query" in item) return `Query: ${item.query}`;
  if ("noteType" in item) return `Note: ${words(item.noteType) ?? "of a type that is not named"}`;
  return item.text;
}

/** A moment as people here write it. */
export const moment = (time: string | undefined) => {
  const date = new Date(time ?? "");
  return Number.isNaN(date.valueOf())
    ? time
    : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
};
