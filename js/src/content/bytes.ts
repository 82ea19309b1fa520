/** Bytes that are taken piece by piece and kept outside wasm. */
import type { Measured } from "../contract.js";

/** What is taken, decoded or looked at at once. */
const PIECE = 1 << 20;
/** How many bytes tell what a content is. */
const HEAD = 1024;
/**
 * Types under which a browser shows content without running anything in it. A Blob of another type could be
 * opened as a page of the application's own origin, so it gets none (R91).
 */
const HARMLESS = /^(application\/(pdf|json|fhir\+json)|image\/(png|jpeg|gif|tiff|webp|bmp)|text\/plain)$/;

/** More bytes than may be taken. */
export class TooLarge extends Error {}
/** Text that is not base64. */
export class NotBase64 extends Error {}

/** Told how far it is. */
export type Progress = (received: number, total?: number) => void;

/** Takes the body of an answer, and no more than `most` bytes of it. */
export async function take(response: Response, most: number, progress: Progress): Promise<Blob> {
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  // Of a compressed body the header counts other bytes.
  const total = response.headers.get("content-encoding") ? Number.NaN : length;
  const known = Number.isNaN(total) ? undefined : total;
  if (known !== undefined && known > most) {
    await response.body?.cancel();
    throw new TooLarge();
  }
  const pile = new Pile(most);
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    try {
      pile.add(piece.value);
    } catch (error) {
      await reader?.cancel();
      throw error;
    }
    progress(pile.size, known);
  }
  return pile.blob();
}

/** Decodes base64 with any white space in it, piece by piece, so that a page stays alive. */
export async function decode(
  text: string,
  most: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<Blob> {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 4 !== 0) throw new NotBase64();
  const total = (digits.length / 4) * 3 - (digits.match(/=*$/)?.[0].length ?? 0);
  if (total > most) throw new TooLarge();
  const pile = new Pile(most);
  for (let at = 0; at < digits.length; at += PIECE) {
    const piece = digits.slice(at, at + PIECE);
    const form = at + PIECE < digits.length ? /^[A-Za-z0-9+/]+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
    if (!form.test(piece)) throw new NotBase64();
    pile.add(Uint8Array.from(atob(piece), (character) => character.charCodeAt(0)));
    progress(pile.size, total);
    if (digits.length > PIECE) await new Promise((next) => setTimeout(next));
    signal.throwIfAborted();
  }
  return pile.blob();
}

/** Pieces, put together now and then so that the browser may keep them on disk. */
class Pile {
  size = 0;
  #fresh: Uint8Array<ArrayBuffer>[] = [];
  #freshSize = 0;
  readonly #put: Blob[] = [];

  constructor(readonly most: number) {}

  add(piece: Uint8Array): void {
    this.size += piece.byteLength;
    if (this.size > this.most) throw new TooLarge();
    this.#fresh.push(piece as Uint8Array<ArrayBuffer>);
    this.#freshSize += piece.byteLength;
    if (this.#freshSize > 4 * PIECE) this.#settle();
  }

  blob(): Blob {
    this.#settle();
    return new Blob(this.#put);
  }

  #settle(): void {
    this.#put.push(new Blob(this.#fresh));
    this.#fresh = [];
    this.#freshSize = 0;
  }
}

/**
 * What the core has to know of bytes. `crypto.subtle` has no digest that goes along with a stream: where the
 * hash is wanted, the bytes, which the limits bound, are in memory once.
 */
export async function measure(blob: Blob, hash: boolean, served: string | null): Promise<Measured> {
  const head = new Uint8Array(await blob.slice(0, HEAD).arrayBuffer());
  const subtle = hash ? globalThis.crypto?.subtle : undefined;
  const sha1 = subtle && new Uint8Array(await subtle.digest("SHA-1", await blob.arrayBuffer()));
  return {
    size: blob.size,
    head: String.fromCharCode(...head),
    ...(sha1 && { sha1: btoa(String.fromCharCode(...sha1)) }),
    ...(served && { served }),
  };
}

/** The same bytes under a type that does no harm. */
export function labelled(blob: Blob, contentType: string | undefined): Blob {
  const essence = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  return blob.slice(0, blob.size, HARMLESS.test(essence) ? essence : "application/octet-stream");
}
