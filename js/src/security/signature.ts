/** What a signature is over, and where it stands (R99). To make and to judge one is the application's. */
import { type Resource, text } from "../resource.js";

/** One signature of a Bundle. */
export interface Signature {
  /** What is signed: the canonical JSON of the Bundle without `id`, `meta` and `signature`. */
  bytes: Uint8Array;
  /** `Bundle.signature.data`, decoded once: with JSON signatures, a detached JWS in compact form. */
  jws: string;
  /** `Bundle.signature.sigFormat`, such as `application/jose`. */
  format?: string;
}

/**
 * The canonical form of JSON (RFC 8785), which is ECMAScript's own way to write strings and numbers, and names in
 * the order of their UTF-16 units.
 *
 * @param json text, of which every number is taken as the double that it is nearest to
 */
export function canonicalJson(json: string): string {
  return canonical(JSON.parse(json));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  // Not as an object again: there, names that are numbers come first.
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

/**
 * What a signature of a resource is over: its canonical JSON in UTF-8, without `id` and `meta`, which a server may
 * change, and without the signature itself (CDex, signatures).
 */
export function bytesToSign(resource: Resource): Uint8Array {
  const {
    id: _,
    meta: __,
    signature: ___,
    ...signed
  } = JSON.parse(text(resource)) as Record<string, unknown>;
  return new TextEncoder().encode(canonical(signed));
}

/** The signature of a Bundle, `undefined` where it has none. */
export function signatureOf(bundle: Resource): Signature | undefined {
  const { signature } = JSON.parse(text(bundle)) as { signature?: { data?: string; sigFormat?: string } };
  if (typeof signature?.data !== "string") return undefined;
  try {
    const jws = atob(signature.data);
    return { bytes: bytesToSign(bundle), jws, ...(signature.sigFormat && { format: signature.sigFormat }) };
  } catch {
    return undefined;
  }
}

interface Coding {
  system?: string;
  code?: string;
}

interface TaskInput {
  type?: { coding?: Coding[] };
  valueBoolean?: boolean;
}

interface Demanding {
  input?: TaskInput[];
  meta?: { tag?: Coding[] };
}

const FLAG_SYSTEM = /\/davinci-cdex\/CodeSystem\/cdex-temp$/;

/** Whether a Task of CDex, or the tag of a CommunicationRequest, demands that what comes back is signed. */
export function requiresSignature(resource: Resource): boolean {
  const { input = [], meta } = JSON.parse(text(resource)) as Demanding;
  const isFlag = ({ system = "", code }: Coding) => code === "signature-flag" && FLAG_SYSTEM.test(system);
  const demands = ({ type, valueBoolean }: TaskInput) => valueBoolean === true && type?.coding?.some(isFlag);
  return input.some(demands) || meta?.tag?.some(isFlag) === true;
}
