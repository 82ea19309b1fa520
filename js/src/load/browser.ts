/** Fetches a file. */
export function read(url: URL): Promise<Response> {
  return fetch(url);
}

/** The bytes that `base64` stands for. */
export function decode(base64: string): Uint8Array<ArrayBuffer> {
  // Newer engines do it themselves.
  const own = Uint8Array as { fromBase64?(base64: string): Uint8Array<ArrayBuffer> };
  if (own.fromBase64) return own.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  // To go through it by `Uint8Array.from` takes ten times as long.
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}
