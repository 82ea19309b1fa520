/** Fetches the wasm module: the one that lies beside this package, unless another is named. */
export function open(url: URL = new URL("../fhir_solicit_bg.wasm", import.meta.url)): Promise<Response> {
  return fetch(url);
}
