/**
 * The validator alone: `fhir-solicit/validate`, a module of its own for apps that check resources and exchange
 * nothing. Whoever does both takes `fhir-solicit`, which has all of this.
 */
import { read } from "#load";
import { explain, initSync, loadPack, outcome, validate, version } from "./fhir_validator.js";
import { checking, type Validator } from "./validator.js";
import { loader, type WasmSource } from "./wasm.js";

export type {
  ElementExplanation,
  Explanation,
  Issue,
  Report,
  ResourceText,
  Unchecked,
} from "./contract.js";
export { SolicitError, type SolicitErrorKind } from "./error.js";
export type { Resource } from "./resource.js";
export type { ValidateOptions, Validator } from "./validator.js";
export { LoadError, type LoadFault, type WasmSource } from "./wasm.js";

const load = /* @__PURE__ */ loader(initSync);
const { validator } = /* @__PURE__ */ checking({ explain, loadPack, outcome, validate, version });

/**
 * Loads the wasm module of the validator. Call it as often as you like: it loads once. It has packs of its own,
 * whatever `loadSolicit` has been given.
 *
 * @param source as of `loadSolicit`; the module is `fhir_validator_bg.wasm`
 * @example
 * const { validate } = await loadValidator();
 * const { issues } = validate('{ "resourceType": "Task", "status": "requested" }');
 * @throws {LoadError} when the module cannot be had; a later call tries again.
 */
export async function loadValidator(
  source: URL | WasmSource = new URL("./fhir_validator_bg.wasm", import.meta.url),
): Promise<Validator> {
  await load(() => (source instanceof URL ? read(source) : source));
  return validator;
}
