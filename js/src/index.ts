import { read } from "#load";
import { type Solicit, solicit } from "./solicit.js";
import { load, type WasmSource } from "./load.js";

export * from "./api.js";
export type { WasmSource } from "./load.js";

/**
 * Loads the wasm module and gives what it can do. Call it as often as you like: it loads once.
 *
 * @param source where the module is, if not beside this file: an address, an answer to `fetch`, its bytes, or
 * the compiled module. Only the first call that succeeds reads it.
 * @throws {LoadError} when the module cannot be had; a later call tries again.
 */
export async function loadSolicit(
  source: URL | WasmSource = new URL("./fhir_solicit_bg.wasm", import.meta.url),
): Promise<Solicit> {
  await load(() => (source instanceof URL ? read(source) : source));
  return solicit;
}
