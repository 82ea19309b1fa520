/** The one door to the wasm module. Importing loads nothing. */
import { initSync } from "./fhir_solicit.js";
import { loader } from "./wasm.js";

export { LoadError, type LoadFault, type WasmSource } from "./wasm.js";

export const load = /* @__PURE__ */ loader(initSync);
