import { decode } from "#load";
import { base64 } from "./base64.js";

/** The wasm module as it was built into this file. */
export function bytes(): Uint8Array<ArrayBuffer> {
  return decode(base64);
}
