/** The exports of the wasm module, with what they throw made a `SolicitError`. */
import type {
  AttachmentDraft,
  Batch,
  ContentInput,
  ContentLimits,
  ContentStep,
  Explanation,
  Guide,
  HttpRequest,
  HttpResponse,
  Input,
  Machine,
  Report,
  RequestDraft,
  Resolver,
  ResourceText,
  Servers,
  Start,
  Step,
  Translation,
  Unbatched,
  View,
} from "./contract.js";
import { SolicitError } from "./error.js";
import * as wasm from "./fhir_solicit.js";
import { Packs } from "./packs.js";

const packs = new Packs((pack) => checked(() => wasm.loadPack(pack)));

export const version = (): string => checked(wasm.version);
export const loadPack = (pack: Uint8Array): string => packs.add(pack);
export const validate = (...asked: Parameters<typeof wasm.validate>): Report => {
  packs.restore();
  return checked(() => wasm.validate(...asked));
};
export const explain = (...asked: Parameters<typeof wasm.explain>): Explanation | undefined => {
  packs.restore();
  return checked(() => wasm.explain(...asked));
};
export const draft = (draft: RequestDraft): ResourceText => checked(() => wasm.draft(draft));
export const draftAttachments = (draft: AttachmentDraft, guide: Guide, now: number): ResourceText =>
  checked(() => wasm.draftAttachments(draft, guide, now));
export const translate = (resources: ResourceText[], from: Guide, to: Guide): Translation =>
  checked(() => wasm.translate(resources, from, to));
export const begin = (start: Start, now: number): Step => checked(() => wasm.begin(start, now));
export const handle = (state: Machine, input: Input, now: number): Step =>
  checked(() => wasm.handle(state, input, now));
export const view = (state: Machine, now: number): View => checked(() => wasm.view(state, now));
export const batch = (requests: HttpRequest[]): Batch[] => checked(() => wasm.batch(requests));
export const unbatch = (base: string, members: HttpRequest[], pages: HttpResponse[]): Unbatched =>
  checked(() => wasm.unbatch(base, members, pages));
export const beginContent = (
  resource: ResourceText,
  from: string,
  servers: Servers,
  limits: Partial<ContentLimits>,
): ContentStep => checked(() => wasm.beginContent(resource, from, servers, limits));
export const handleContent = (state: Resolver, input: ContentInput): ContentStep =>
  checked(() => wasm.handleContent(state, input));

function checked<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    // A refusal is plain data; an Error is a panic, after which the module starts afresh.
    if (thrown instanceof Error) packs.lose();
    throw SolicitError.from(thrown);
  }
}
