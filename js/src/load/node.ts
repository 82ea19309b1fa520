import { readFile } from "node:fs/promises";

/** Reads the wasm module: the one that lies beside this package, unless another is named. */
export async function open(
  url: URL = new URL("../fhir_solicit_bg.wasm", import.meta.url),
): Promise<Response | Uint8Array<ArrayBuffer>> {
  return url.protocol === "file:" ? new Uint8Array(await readFile(url)) : fetch(url);
}
