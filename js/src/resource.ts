/** The forms in which an application may hold a resource. */
import type { ResourceText } from "./contract.js";
import { SolicitError } from "./error.js";

/**
 * A FHIR resource: its JSON as text or as UTF-8 bytes, which keep every digit as it was written, or parsed,
 * where `JSON.parse` has already made `1.00` a `1`.
 */
export type Resource = ResourceText | Uint8Array | { resourceType: string };

/** @throws {SolicitError} of kind `argument` for bytes that are not UTF-8 */
export function text(resource: Resource): ResourceText {
  if (typeof resource === "string") return resource;
  if (!(resource instanceof Uint8Array)) return JSON.stringify(resource);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(resource);
  } catch (cause) {
    throw new SolicitError("argument", "the resource is not UTF-8, which FHIR JSON has to be", cause);
  }
}
