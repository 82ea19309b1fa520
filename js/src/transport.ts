/** How requests reach servers. */
import type { HttpRequest, HttpResponse, Servers } from "./contract.js";
import { SolicitError } from "./error.js";
import { type AuditEntry, auditEntry } from "./security/audit.js";

/**
 * Performs a request and gives the answer, whatever its status. Rejects where there is none; the machine then
 * repeats the request by itself, so a transport has no need to.
 *
 * @param signal aborted when the answer is not wanted any more
 */
export type Transport = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** One request and what came of it. **Contains patient data**: show it, do not log it. */
export interface Traffic {
  /** As sent, the credential aside. */
  request: HttpRequest;
  /** What came back; absent where nothing did. */
  response?: HttpResponse;
  milliseconds: number;
}

/** How {@link fetchTransport} talks to servers. */
export interface FetchOptions {
  /**
   * The bearer token for a server, asked for before every request. It goes to that server's base and nowhere
   * else. `undefined` sends none; a rejection counts as the server's 401, so that the user can sign in and retry.
   */
  credentials?: (server: string, base: string) => string | undefined | Promise<string | undefined>;
  /**
   * Told that a server answered 401 to the token that `credentials` still gives, once for all requests that wait:
   * get a new one, and resolve. Where `credentials` then gives another the request is repeated, once; else, or
   * where this rejects, the 401 stands.
   */
  onUnauthorized?: (server: string, base: string) => void | Promise<void>;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
  /** Milliseconds after which a request counts as unanswered; 30,000 where not given. */
  timeout?: number;
  /**
   * Told of every request once its answer begins or fails to, those to strangers for a content too: who was asked
   * for what, and the outcome; nothing of what was said. Append it to a log; `auditEvent` makes a FHIR AuditEvent of it.
   */
  audit?: (entry: AuditEntry) => void;
  /** Told of every request when it is over. What it is told **contains patient data**. */
  onTraffic?: (traffic: Traffic) => void;
}

/**
 * A transport over `fetch` to the servers listed, and to no other: redirects are not followed, cookies not sent,
 * nothing is cached.
 *
 * @example
 * const transport = fetchTransport({
 *   servers: { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" },
 *   credentials: (server) => tokens.get(server),
 * });
 */
export function fetchTransport(options: FetchOptions & { servers: Servers }): Transport {
  const { timeout = 30_000, onTraffic } = options;
  const open = opener(options);
  return async (request, signal) => {
    const send = await open(request);
    const start = performance.now();
    let response: HttpResponse | undefined;
    try {
      response = await within(timeout, signal, async (signal) => {
        const response = await send(signal);
        const body = await response.text();
        return { status: response.status, headers: Object.fromEntries(response.headers), body };
      });
      return response;
    } finally {
      const traffic = { request, ...(response && { response }), milliseconds: performance.now() - start };
      // On its own, for a hook that throws must not turn an answer into none.
      if (onTraffic) queueMicrotask(() => onTraffic(traffic));
    }
  };
}

/** Makes a request ready, which may take a sign-in, and gives what sends it and has the answer once it begins. */
export type Opener = (request: HttpRequest) => Promise<(signal: AbortSignal) => Promise<Response>>;

/** Requests under the base of their server, with the credential of that server. */
export function opener(options: FetchOptions & { servers: Servers }): Opener {
  return async (request) => {
    const { url, base } = resolve(options.servers, request);
    const token = await tokenFor(options.credentials, request.server, base);
    if (token === DENIED) return async () => new Response(null, { status: 401 });
    return async (signal) => {
      const response = await attempt(options, request, { url, base, token }, signal);
      if (response.status !== 401 || !options.onUnauthorized) return response;
      const renewed = await renew(options, request.server, base, token);
      if (renewed === token || renewed === DENIED || signal.aborted) return response;
      // Nobody waits for what is left of the refusal, nor for its failure to end.
      response.body?.cancel().catch(() => {});
      return attempt(options, request, { url, base, token: renewed }, signal);
    };
  };
}

type Token = string | undefined;

async function attempt(
  { audit, ...options }: FetchOptions,
  request: HttpRequest,
  { url, base, token }: { url: URL; base: string; token: Token },
  signal: AbortSignal,
): Promise<Response> {
  const { method, headers, body } = request;
  const send = () =>
    (options.fetch ?? fetch)(url, {
      ...ALONE,
      method,
      headers: token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` },
      ...(body !== undefined && { body }),
      signal,
    });
  return audited(audit, send, (at, status) => auditEntry(request, base, at, status));
}

/** Sends, and tells the hook of it. */
export async function audited(
  audit: FetchOptions["audit"],
  send: () => Promise<Response>,
  entryOf: (at: number, status: number | undefined) => AuditEntry,
): Promise<Response> {
  let status: number | undefined;
  try {
    const response = await send();
    status = response.status;
    return response;
  } finally {
    const entry = entryOf(Date.now(), status);
    // On its own, for a hook that throws must not turn an answer into none.
    if (audit) queueMicrotask(() => audit(entry));
  }
}

/** Renewals under way, by hook and base: machines that are given the same hook wait for the same one. */
const RENEWALS = new WeakMap<NonNullable<FetchOptions["onUnauthorized"]>, Map<string, Promise<void>>>();

/** The token after `refused` was answered with 401. It is compared and let go, never kept. */
async function renew(
  { credentials, onUnauthorized }: FetchOptions,
  server: string,
  base: string,
  refused: Token,
): Promise<Token | typeof DENIED> {
  const now = await tokenFor(credentials, server, base);
  if (now !== refused || !onUnauthorized) return now;
  const waiting = RENEWALS.get(onUnauthorized) ?? new Map<string, Promise<void>>();
  RENEWALS.set(onUnauthorized, waiting);
  let renewal = waiting.get(base);
  if (!renewal) {
    renewal = (async () => onUnauthorized(server, base))()
      .catch(() => {})
      .finally(() => waiting.delete(base));
    waiting.set(base, renewal);
  }
  await renewal;
  return tokenFor(credentials, server, base);
}

/** What no request of ours does: follow a redirect, show cookies, tell where it comes from, leave a copy. */
export const ALONE = {
  redirect: "error",
  cache: "no-store",
  credentials: "omit",
  referrerPolicy: "no-referrer",
} as const;

/** Works until it is done, aborted, or the time is over. `extend` gives it the whole time anew. */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal, extend: () => void) => Promise<T>,
): Promise<T> {
  // A controller of ours that aborts without a reason: whatever the app aborts with stays with the app.
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  let timer = setTimeout(abort, milliseconds);
  const extend = () => {
    clearTimeout(timer);
    timer = setTimeout(abort, milliseconds);
  };
  try {
    return await work(controller.signal, extend);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** The place of a request: under the base of its server, or nowhere. */
function resolve(servers: Servers, { server, url: relative }: HttpRequest): { url: URL; base: string } {
  const base = Object.hasOwn(servers, server) ? servers[server]?.replace(/\/+$/, "") : undefined;
  if (base === undefined) {
    throw new SolicitError("missing-server", `the transport knows no base URL for the server '${server}'`);
  }
  const url = new URL(relative.startsWith("?") ? `${base}${relative}` : `${base}/${relative}`);
  const root = new URL(base);
  const path = root.pathname.replace(/\/$/, "");
  const inside = url.pathname === path || url.pathname.startsWith(`${path}/`);
  // `URL` has resolved `..`, `%2e` and `\` by now, so that what is compared is where the request would go.
  if (url.origin !== root.origin || !inside || url.username || url.password) {
    throw new SolicitError("server", `a request for '${server}' leads out of its base URL; it was not sent`);
  }
  return { url, base };
}

const DENIED = Symbol("no credential to be had");

async function tokenFor(
  credentials: FetchOptions["credentials"],
  server: string,
  base: string,
): Promise<string | undefined | typeof DENIED> {
  try {
    return await credentials?.(server, base);
  } catch {
    return DENIED;
  }
}
