/** WebSockets, one for many subscriptions. */

/** As much of a WebSocket as is used: the browser's, Node 22's, and that of the package `ws` have it. */
export interface WebSocketLike {
  send(text: string): void;
  close(): void;
  addEventListener(event: "open" | "close" | "error", listener: () => void): void;
  addEventListener(event: "message", listener: (message: { data: unknown }) => void): void;
}
/** What makes one. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;

/** Where what comes over a socket goes. */
export interface Ear {
  message(text: string): void;
  /** The socket has closed, or could not be opened. It is told once for each `connect`. */
  closed(): void;
}

export interface SocketsOptions {
  /** In place of the global `WebSocket`, which Node has from version 22 on. */
  WebSocket?: WebSocketConstructor;
}

/** More characters than a notification has; the rest of the memory is the page's. */
const LONGEST = 1 << 20;

/**
 * The sockets of a page. Give the same to several subscribers, and those whose server has one URL for all
 * share a socket: browsers open few. What is told over it, each subscriber sorts out by itself.
 *
 * When to open one again, with which token, and how long to wait before, the subscriber decides; here is nothing
 * but the socket. A token is said over it once, and never is a part of the URL.
 *
 * @example
 * const sockets = new Sockets({ WebSocket }); // of `ws`, in Node 20
 * const clinic = await solicit.subscriber({ ...options, server: "clinic", sockets });
 * const hospital = await solicit.subscriber({ ...options, server: "hospital", sockets });
 */
export class Sockets {
  readonly #WebSocket: WebSocketConstructor | undefined;
  readonly #open = new Set<Shared>();
  /** URLs of servers that close a socket over which a second token is said. */
  readonly #single = new Set<string>();

  constructor({ WebSocket = globalThis.WebSocket as WebSocketConstructor }: SocketsOptions = {}) {
    this.#WebSocket = WebSocket;
  }

  /** Whether sockets can be opened here at all. */
  get available(): boolean {
    return typeof this.#WebSocket === "function";
  }

  /** Says `message` over a socket to `url`: that which `ear` has, or one that is open, or a new one. */
  connect(ear: Ear, url: string, message: string): void {
    const own = this.#of(ear);
    if (own && own.url !== url) own.leave(ear);
    const known = own?.url === url ? own : [...this.#open].find((one) => this.#takes(one, url));
    const socket = known ?? this.#begin(url);
    if (socket) socket.say(ear, message);
    // In its own time: whoever connects is not done yet.
    else queueMicrotask(() => ear.closed());
  }

  /** Lets go of the socket of `ear`, which closes when nobody has it. */
  disconnect(ear: Ear): void {
    this.#of(ear)?.leave(ear);
  }

  #of(ear: Ear): Shared | undefined {
    return [...this.#open].find((one) => one.ears.has(ear));
  }

  #takes(one: Shared, url: string): boolean {
    return one.url === url && !this.#single.has(url);
  }

  #begin(url: string): Shared | undefined {
    if (!this.#WebSocket) return undefined;
    try {
      const shared = new Shared(url, new this.#WebSocket(url), () => {
        this.#open.delete(shared);
        if (shared.refused) this.#single.add(url);
      });
      this.#open.add(shared);
      return shared;
    } catch {
      // The constructor throws for a URL that the page's policy forbids.
      return undefined;
    }
  }
}

/** A socket and those who listen. */
class Shared {
  readonly ears = new Set<Ear>();
  readonly #waiting: string[] = [];
  #isOpen = false;
  /** Whether something was said to which nothing was answered, by more than one. */
  #unanswered = 0;
  #ended = false;

  constructor(
    readonly url: string,
    readonly socket: WebSocketLike,
    readonly forget: () => void,
  ) {
    socket.addEventListener("open", () => {
      this.#isOpen = true;
      for (const message of this.#waiting.splice(0)) socket.send(message);
    });
    socket.addEventListener("message", ({ data }) => this.#hear(data));
    for (const event of ["close", "error"] as const) socket.addEventListener(event, this.#end);
    // A browser notices the loss of the network late, and sometimes never.
    if (typeof addEventListener === "function") addEventListener("offline", this.#end);
  }

  /** Whether it was closed over the token of one more. */
  get refused(): boolean {
    return this.ears.size > 1 && this.#unanswered > 0;
  }

  say(ear: Ear, message: string): void {
    this.ears.add(ear);
    this.#unanswered += 1;
    if (this.#isOpen) this.socket.send(message);
    else this.#waiting.push(message);
  }

  leave(ear: Ear): void {
    this.ears.delete(ear);
    if (this.ears.size === 0) this.#end();
  }

  #hear(data: unknown): void {
    if (typeof data !== "string" || data.length > LONGEST) return;
    this.#unanswered = 0;
    for (const ear of this.ears) ear.message(data);
  }

  #end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    if (typeof removeEventListener === "function") removeEventListener("offline", this.#end);
    this.forget();
    const ears = [...this.ears];
    this.ears.clear();
    this.socket.close();
    for (const ear of ears) ear.closed();
  };
}
