/** Fetches a file. */
export function read(url: URL): Promise<Response> {
  return fetch(url);
}
