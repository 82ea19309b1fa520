/** The exports of the wasm module, with what they throw made a `SolicitError`. */
import type {
  AttachmentDraft,
  Batch,
  ContentInput,
  ContentLimits,
  ContentStep,
  Guide,
  HttpRequest,
  HttpResponse,
  Input,
  Machine,
  RequestDraft,
  Resolver,
  ResourceText,
  Restored,
  Servers,
  Start,
  Step,
  Translation,
  Unbatched,
  View,
} from "./contract.js";
import * as wasm from "./fhir_solicit.js";
import { checking } from "./validator.js";

const { validator, checked } = /* @__PURE__ */ checking(wasm);
export { validator };

export const draft = (draft: RequestDraft): ResourceText => checked(() => wasm.draft(draft));
export const draftAttachments = (draft: AttachmentDraft, guide: Guide, now: number): ResourceText =>
  checked(() => wasm.draftAttachments(draft, guide, now));
export const translate = (resources: ResourceText[], from: Guide, to: Guide): Translation =>
  checked(() => wasm.translate(resources, from, to));
export const begin = (start: Start, now: number): Step => checked(() => wasm.begin(start, now));
export const restore = (snapshot: string): Restored => checked(() => wasm.restore(snapshot));
export const handle = (state: Machine, input: Input, now: number): Step =>
  checked(() => wasm.handle(state, input, now));
export const view = (state: Machine, now: number): View => checked(() => wasm.view(state, now));
export const hold = (response: HttpResponse): number | undefined => checked(() => wasm.hold(response));
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
