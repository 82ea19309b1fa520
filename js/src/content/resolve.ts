/** Does what the resolver of the core decides, and gives the contents one by one. */
import * as core from "../bridge.js";
import { Broadcast } from "../broadcast.js";
import type {
  ContentEffect,
  ContentInput,
  ContentLimits,
  ContentStep,
  HttpRequest,
  Resolved,
  Resolver,
  ResourceText,
  Servers,
  Withheld,
} from "../contract.js";
import { type Resource, text } from "../resource.js";
import { type Signature, signatureOf } from "../security/signature.js";
import { strangerEntry } from "../security/audit.js";
import {
  ALONE,
  audited,
  type FetchOptions,
  type Opener,
  opener,
  type Transport,
  within,
} from "../transport.js";
import { decode, labelled, measure, NotBase64, type Progress, take, TooLarge } from "./bytes.js";
import { Lifted } from "./lift.js";

/** How contents are followed. */
export interface FollowOptions {
  /** How far. What is not given is as {@link ContentLimits} says. */
  limits?: Partial<ContentLimits>;
  /**
   * Judges the signature of a Bundle, as with a library for JWS and the certificates you trust. Without it a signed
   * Bundle is told as `unchecked`.
   */
  verify?: (signature: Signature, bundle: ResourceText) => boolean | Promise<boolean>;
  /** Ends it: nothing more is fetched, and the loop throws the signal's reason. */
  signal?: AbortSignal;
}

/** Where contents are, and how far they are followed. */
export interface ContentOptions extends FetchOptions, FollowOptions {
  servers: Servers;
  /** Key of the server that the resource was read from; `partner` where not given. */
  from?: string;
}

/** A content, with its bytes where it is bytes. */
export interface ResolvedContent extends Resolved {
  /**
   * The bytes, where it is bytes. Its type is the label only where a browser shows that without running anything;
   * else `application/octet-stream`. Show others as text, or in a frame with `sandbox`; never put them into a page.
   */
  blob?: Blob;
  /** Of a Bundle with a signature: what `verify` said of it. */
  signature?: "valid" | "invalid" | "unchecked";
}

/** What `resolveContent` gives. */
export type ContentNews =
  /** Bytes come in. `total` where the server tells it. */
  | { news: "progress"; trail: string[]; received: number; total?: number }
  | { news: "content"; content: ResolvedContent }
  /** There is one that is not given, and why. */
  | { news: "withheld"; trail: string[]; via?: string; reason: Withheld };

/** How a resolution reaches servers: by streams, or by a transport that knows text alone. */
export interface Reach {
  open?: Opener | undefined;
  transport?: Transport | undefined;
  fetch?: FetchOptions["fetch"] | undefined;
  audit?: FetchOptions["audit"] | undefined;
  timeout?: number | undefined;
  servers: Servers;
}

/** See `Solicit.resolveContent`. */
export function resolveContent(
  resource: Resource,
  { from = "partner", ...options }: ContentOptions,
): AsyncIterableIterator<ContentNews> {
  return follow(text(resource), from, { ...options, open: opener(options) }, options);
}

/**
 * Follows the contents of a resource that was read from a server.
 *
 * @param known resources that are at hand already, by the reference to them
 */
export async function* follow(
  resource: ResourceText,
  from: string,
  reach: Reach,
  { limits = {}, signal, verify }: FollowOptions,
  known = new Map<string, ResourceText>(),
): AsyncIterableIterator<ContentNews> {
  signal?.throwIfAborted();
  const work = new Resolution(reach, known);
  const abort = () => work.end();
  signal?.addEventListener("abort", abort);
  try {
    const news = work.begin(resource, from, limits);
    for await (const one of news) {
      signal?.throwIfAborted();
      if (one.news === "content" && one.content.signed)
        one.content.signature = await judged(one.content, verify);
      yield one;
    }
    signal?.throwIfAborted();
    work.rethrow();
  } finally {
    signal?.removeEventListener("abort", abort);
    work.end();
  }
}

async function judged(
  { resource = "" }: ResolvedContent,
  verify: FollowOptions["verify"],
): Promise<"valid" | "invalid" | "unchecked"> {
  if (!verify) return "unchecked";
  const signature = signatureOf(resource);
  return signature && (await verify(signature, resource)) ? "valid" : "invalid";
}

class Resolution {
  #state: Resolver | undefined;
  #open = 0;
  #failed: { error: unknown } | undefined;
  readonly #lifted = new Lifted();
  /** Bytes by the id of the effect that brought them. */
  readonly #blobs = new Map<number, Blob>();
  readonly #news = new Broadcast<ContentNews>(() => true);
  readonly #work = new AbortController();

  constructor(
    readonly reach: Reach,
    readonly known: Map<string, ResourceText>,
  ) {}

  begin(
    resource: ResourceText,
    from: string,
    limits: Partial<ContentLimits>,
  ): AsyncIterableIterator<ContentNews> {
    const news = this.#news.read([]);
    this.#take(core.beginContent(this.#lifted.out(resource), from, this.reach.servers, limits));
    return news;
  }

  end(): void {
    this.#work.abort();
    this.#blobs.clear();
    this.#news.end();
  }

  /** Throws what went wrong on this side. */
  rethrow(): void {
    if (this.#failed) throw this.#failed.error;
  }

  #take([state, effects]: ContentStep): void {
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (this.#open === 0) this.#news.end();
  }

  #perform(effect: ContentEffect): void {
    switch (effect.effect) {
      case "give":
        this.#give(effect.content, effect.id);
        break;
      case "withhold": {
        const { effect: _, ...withheld } = effect;
        this.#news.publish({ news: "withheld", ...withheld });
        break;
      }
      default:
        this.#open += 1;
        void this.#input(effect);
    }
  }

  #give(content: Resolved, id: number | undefined): void {
    const { resource, text } = content;
    const blob = id === undefined ? undefined : this.#blobs.get(id);
    if (id !== undefined) this.#blobs.delete(id);
    const given = {
      ...content,
      ...(resource !== undefined && { resource: this.#lifted.back(resource) }),
      ...(text !== undefined && { text: this.#lifted.text(text) }),
      ...(blob && { blob: labelled(blob, content.contentType) }),
    };
    this.#news.publish({ news: "content", content: given });
  }

  async #input(effect: Exclude<ContentEffect, { effect: "give" | "withhold" }>): Promise<void> {
    let input: ContentInput;
    try {
      input = await this.#result(effect);
    } catch (error) {
      const why =
        error instanceof TooLarge ? "too-large" : error instanceof NotBase64 ? "not-base64" : "network";
      input = { input: "failed", id: effect.id, why };
    }
    if (this.#work.signal.aborted || !this.#state) return;
    this.#open -= 1;
    try {
      this.#take(core.handleContent(this.#state, input));
    } catch (error) {
      this.#failed = { error };
      this.end();
    }
  }

  #result(effect: Exclude<ContentEffect, { effect: "give" | "withhold" }>): Promise<ContentInput> {
    switch (effect.effect) {
      case "fetch":
        return this.#fetch(effect);
      case "unwrap":
        return this.#unwrap(effect.id);
      case "decode":
        return this.#decode(effect);
      case "load":
        return this.#load(effect, effect.request);
      case "load-elsewhere":
        return this.#load(effect);
    }
  }

  async #fetch({ id, via, request, most }: ContentEffect & { effect: "fetch" }): Promise<ContentInput> {
    const at = via === undefined ? undefined : this.known.get(via);
    if (at !== undefined) return this.#received(id, 200, at);
    if (!this.reach.open) return this.#transported(id, request);
    const send = await this.reach.open(request);
    return this.#timed(async (signal, extend) => {
      const response = await send(signal);
      const body = await (await take(response, most, extend)).text();
      return this.#received(id, response.status, body, response.headers);
    });
  }

  async #load(
    { id, trail, most, hash, ...to }: ContentEffect & { effect: "load" | "load-elsewhere" },
    request?: HttpRequest,
  ): Promise<ContentInput> {
    if (request && !this.reach.open) return this.#transported(id, request);
    const send = request ? await this.reach.open?.(request) : this.#elsewhere((to as { url: string }).url);
    return this.#timed(async (signal, extend) => {
      const response = await (send as (signal: AbortSignal) => Promise<Response>)(signal);
      if (!response.ok) {
        await response.body?.cancel();
        return this.#received(id, response.status, "", response.headers);
      }
      const progress = this.#progress(trail, extend);
      const blob = await take(response, most, progress);
      this.#blobs.set(id, blob);
      const measured = await measure(blob, hash, response.headers.get("content-type"));
      return { input: "bytes", id, measured };
    });
  }

  /** A request to somebody who is not registered: it shows nothing of this side. */
  #elsewhere(place: string): (signal: AbortSignal) => Promise<Response> {
    const url = new URL(place);
    return (signal) => {
      const send = () => (this.reach.fetch ?? fetch)(url, { ...ALONE, signal });
      return audited(this.reach.audit, send, (at, status) => strangerEntry(url, at, status));
    };
  }

  async #decode({
    id,
    trail,
    data,
    most,
    hash,
  }: ContentEffect & { effect: "decode" }): Promise<ContentInput> {
    const progress = this.#progress(trail);
    const blob = await decode(this.#lifted.text(data), most, progress, this.#work.signal);
    this.#blobs.set(id, blob);
    return { input: "bytes", id, measured: await measure(blob, hash, null) };
  }

  async #unwrap(id: number): Promise<ContentInput> {
    const body = (await this.#blobs.get(id)?.text()) ?? "";
    this.#blobs.delete(id);
    return this.#received(id, 200, body);
  }

  /** By a transport of the application, which knows text alone: a Binary comes wrapped. */
  async #transported(id: number, request: HttpRequest): Promise<ContentInput> {
    const headers = { ...request.headers, accept: "application/fhir+json" };
    const response = await this.reach.transport?.({ ...request, headers }, this.#work.signal);
    if (!response) throw new Error("no transport");
    return this.#received(id, response.status, response.body, new Headers(response.headers));
  }

  #received(id: number, status: number, body: string, headers = new Headers()): ContentInput {
    const response = { status, headers: Object.fromEntries(headers), body: this.#lifted.out(body) };
    return { input: "received", id, response };
  }

  #timed<T>(work: (signal: AbortSignal, extend: () => void) => Promise<T>): Promise<T> {
    return within(this.reach.timeout ?? 30_000, this.#work.signal, work);
  }

  #progress(trail: string[], extend: () => void = () => {}): Progress {
    return (received, total) => {
      extend();
      this.#news.publish({ news: "progress", trail, received, ...(total !== undefined && { total }) });
    };
  }
}
