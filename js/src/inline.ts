/** The same package with the wasm module inside, for bundlers that do not emit it as a file. */
import { load } from "./load.js";
import { bytes } from "./load/inline.js";
import { type Solicit, solicit } from "./solicit.js";

export * from "./api.js";

/** As `loadSolicit` of the main entry, without a request. */
export async function loadSolicit(): Promise<Solicit> {
  await load(bytes);
  return solicit;
}
