import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";

/** Reads a file, from the disk or the network. */
export async function read(url: URL): Promise<Response | Uint8Array<ArrayBuffer>> {
  return url.protocol === "file:" ? new Uint8Array(await readFile(url)) : fetch(url);
}

/** The bytes that `base64` stands for. */
export function decode(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
