/** 128 random bits as 32 hexadecimal digits: what a machine draws its identifiers from. */
export function seed(): string {
  // `randomUUID` has six bits less, and pages without TLS do not have it at all.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
