/** Does what a machine of the core decides: saves, sends, wakes, tells; and gives back what came of it. */
import * as core from "./bridge.js";
import type { ReadOptions } from "./actor.js";
import { Broadcast } from "./broadcast.js";
import { Alarm, type Clock, systemClock } from "./clock.js";
import type { Act, Effect, Input, Machine, Solicitation, Start, Step, Update, View } from "./contract.js";
import { SolicitError } from "./error.js";
import { Governor, type Seat } from "./governor.js";
import { type Ear, Sockets } from "./sockets.js";
import type { Reach } from "./content/resolve.js";
import { type FetchOptions, fetchTransport, opener, type Transport } from "./transport.js";
import { onReturn } from "./wakeful.js";

/** How a machine is driven. All of it may be left out. */
export interface DriveOptions extends FetchOptions {
  /** In place of {@link fetchTransport} to the servers of the machine; the options of `fetch` are then unused. */
  transport?: Transport;
  /**
   * Stores the state. It is called, and waited for, before anything that the state holds is sent; where it
   * fails, nothing is sent and the state stays as it was. After a crash, give what was stored to `resume`.
   */
  save?: (state: Machine) => void | Promise<void>;
  /** Of a subscriber over a websocket: how sockets are opened; give several subscribers the same to share them. */
  sockets?: Sockets;
  /** Lets machines that are given the same one look together, in as few requests as it takes. */
  governor?: Governor;
  /** Stops the machine when aborted, as `stop()` does. */
  signal?: AbortSignal;
  /** For tests. */
  clock?: Clock;
}

/** Something failed on this side while no promise was there to reject. */
export interface Trouble {
  update: "error";
  /** Of kind `save`: nothing is done until the next act or wake-up, which first tries to save again. */
  error: SolicitError;
}
/** What `updates()` gives. */
export type News = Update | Trouble;

/** The account of those who send no credential of their own. */
const NOBODY = {};

/** Milliseconds after which a save that failed is tried again. */
const SAVE_AGAIN = 60_000;

interface Job {
  input: Input;
  /** Of an act: somebody waits for it. */
  resolve?: () => void;
  reject?: (error: SolicitError) => void;
  /** Of what has happened: called when it was handled, whether it could be or not. */
  done?: () => void;
}

export class Driver {
  /** The state once nothing is left to do or the machine was stopped. */
  readonly finished: Promise<Solicitation | undefined>;
  readonly transport: Transport;
  /** How contents are reached: by the same requests, but as streams where the transport is ours. */
  readonly reach: Reach;
  readonly clock: Clock;

  #state: Machine;
  #view: View | undefined;
  /** Inputs in the order in which they came; one at a time is handled and saved. */
  readonly #jobs: Job[] = [];
  #busy = false;
  #stopped = false;
  readonly #alarm: Alarm;
  readonly #governor: Governor;
  /** Whose credential requests are sent with. */
  readonly #account: object;
  readonly #seat: Seat = {
    now: () => this.clock.now(),
    wake: () => this.#happened({ input: "woke" }),
  };
  /** What has no reader yet is kept, states aside: every reader begins with the current one. */
  readonly #news = new Broadcast<News>((news) => news.update !== "state", {
    // Who does not read is told of no request twice, so that none may be lost.
    passes: ({ update }) => update !== "arrived",
    dropped: (count) => ({
      update: "notice",
      text: `${count} older reports were dropped: nobody read updates()`,
    }),
  });
  readonly #requests = new AbortController();
  readonly #listeners: ((update: Update) => void)[] = [];
  readonly #sockets: Sockets;
  readonly #ear: Ear = {
    message: (bundle) => this.#give({ input: { input: "notification", bundle } }),
    closed: () => this.#give({ input: { input: "closed" } }),
  };
  readonly #save: NonNullable<DriveOptions["save"]>;
  readonly #release: (() => void)[];
  #finish!: (last: Solicitation | undefined) => void;

  private constructor(state: Machine, options: DriveOptions) {
    this.#state = state;
    this.clock = options.clock ?? systemClock;
    const { servers } = this.view;
    this.transport = options.transport ?? fetchTransport({ ...options, servers });
    const open = options.transport ? undefined : opener({ ...options, servers });
    const { fetch, timeout, audit } = options;
    this.reach = { servers, open, transport: this.transport, fetch, timeout, audit };
    this.finished = new Promise((finish) => {
      this.#finish = finish;
    });
    this.#save = options.save ?? (() => {});
    this.#sockets = options.sockets ?? new Sockets();
    this.#governor = options.governor ?? new Governor();
    this.#account = options.transport ?? options.credentials ?? NOBODY;
    const wake = () => this.#governor.ring(this.#seat);
    this.#alarm = new Alarm(this.clock, wake);
    const stop = () => this.stop();
    options.signal?.addEventListener("abort", stop);
    this.#release = [onReturn(wake), () => options.signal?.removeEventListener("abort", stop)];
  }

  /** Begins a machine. Nothing is sent before it is saved. */
  static async begin(start: Start, options: DriveOptions): Promise<Driver> {
    const step = core.begin(start, (options.clock ?? systemClock).now());
    return Driver.#open(step.state, options, (driver) => driver.#take(step));
  }

  /** Goes on with a machine that was saved, repeating what was under way. */
  static resume(state: Machine, options: DriveOptions): Promise<Driver> {
    return Driver.#open(state, options, (driver) => driver.give({ input: "restored" }));
  }

  static async #open(
    state: Machine,
    options: DriveOptions,
    first: (driver: Driver) => Promise<void>,
  ): Promise<Driver> {
    if (options.signal?.aborted) throw stopped();
    const driver = new Driver(state, options);
    try {
      await first(driver);
      return driver;
    } catch (error) {
      driver.stop();
      throw error;
    }
  }

  /** The state as of the last step that was saved. */
  get state(): Machine {
    return this.#state;
  }

  /** What may be shown of that state; the same object until it changes. */
  get view(): View {
    this.#view ??= core.view(this.#state, this.clock.now());
    return this.#view;
  }

  /** The current state, then all news until the machine has finished or, with `late`, ends, or `signal` is aborted. */
  updates({ signal, late = false }: ReadOptions = {}): AsyncIterableIterator<News> {
    const { solicitation, receipt } = this.view;
    const now: News[] = [];
    if (solicitation) now.push({ update: "state", solicitation });
    if (receipt) now.push({ update: "receipt", receipt });
    return this.#news.read(now, signal, late);
  }

  /** Calls `listener` with every update, beside those who read them. */
  listen(listener: (update: Update) => void): void {
    this.#listeners.push(listener);
  }

  act(act: Act): Promise<void> {
    return this.give({ input: "do", ...act });
  }

  /** Resolves when the machine has taken `input` and the state is saved; a refusal rejects. */
  give(input: Input): Promise<void> {
    return new Promise((resolve, reject) => this.#give({ input, resolve, reject }));
  }

  /** Ends all activity here. What was under way is repeated by whoever resumes what was saved. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#requests.abort();
    for (const job of this.#jobs.splice(0)) {
      job.reject?.(stopped());
      job.done?.();
    }
    this.#end();
  }

  #give(job: Job): void {
    if (this.#stopped) {
      job.reject?.(stopped());
      job.done?.();
      return;
    }
    this.#jobs.push(job);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) {
      const goesOn = await this.#handle(job);
      job.done?.();
      if (!goesOn) break;
    }
    // What waits for a store that fails keeps nobody else waiting.
    for (const job of this.#jobs) job.done?.();
    this.#busy = false;
  }

  /** Resolves when what has happened was handled. */
  #happened(input: Input): Promise<void> {
    return new Promise((done) => this.#give({ input, done }));
  }

  /** Whether to go on with the next job. */
  async #handle(job: Job): Promise<boolean> {
    try {
      await this.#take(core.handle(this.#state, job.input, this.clock.now()));
      job.resolve?.();
      return true;
    } catch (thrown) {
      const error = SolicitError.from(thrown);
      if (job.reject) {
        job.reject(error);
        return true;
      }
      this.#news.publish({ update: "error", error });
      if (error.kind === "save") {
        // What has happened stays so: it is kept until the store works again. Acts are not, for nobody
        // should find a decision carried out later that was reported as failed.
        const acts = this.#jobs.filter((waiting) => waiting.reject);
        this.#jobs.splice(0, Infinity, job, ...this.#jobs.filter((waiting) => !waiting.reject));
        for (const act of acts) act.reject?.(error);
        // Nobody may come to act: the store is tried again by itself.
        if (!this.#stopped) this.#alarm.set(this.clock.now() + SAVE_AGAIN);
        return this.#stopped;
      }
      // An answer that the core cannot digest counts as none, so that its request is repeated in time.
      const { input } = job;
      if (input.input === "received") this.#jobs.unshift({ input: { input: "failed", id: input.id } });
      return true;
    }
  }

  /** Saves the new state, then makes it the current one and does what it asks for. */
  async #take(step: Step): Promise<void> {
    try {
      if (step.effects.some(({ effect }) => effect === "save")) await this.#save(step.state);
    } catch (cause) {
      const remedy = "mend the store, then try again";
      throw new SolicitError("save", `The state could not be saved, so nothing was sent: ${remedy}.`, cause);
    }
    this.#state = step.state;
    this.#view = undefined;
    this.#rest();
    if (this.#stopped) return;
    for (const effect of step.effects) this.#perform(effect);
    if (!this.view.finished) return;
    this.#news.finish();
    this.#finish(this.view.solicitation);
    this.#alarm.release();
    if (!step.effects.some(({ effect }) => effect === "wake-at" || effect === "send")) this.#end();
  }

  #perform(effect: Effect): void {
    switch (effect.effect) {
      case "send":
        this.#send(effect);
        break;
      case "wake-at":
        this.#alarm.set(Date.parse(effect.at));
        this.#governor.waits(this.#seat, Date.parse(effect.from ?? effect.at));
        break;
      case "report":
        this.#news.publish(effect.update);
        for (const listener of this.#listeners) listener(effect.update);
        break;
      case "connect":
        this.#sockets.connect(this.#ear, effect.url, effect.message);
        break;
      case "disconnect":
        this.#sockets.disconnect(this.#ear);
        break;
    }
  }

  #send({ id, request, again = false }: Effect & { effect: "send" }): void {
    this.#governor.send({
      request,
      again,
      clock: this.clock,
      base: this.view.servers[request.server] ?? "",
      account: this.#account,
      transport: this.transport,
      signal: this.#requests.signal,
      done: (came) => {
        if (!(came instanceof Error)) return this.#happened({ input: "received", id, response: came });
        if (came instanceof SolicitError) this.#news.publish({ update: "error", error: came });
        return this.#happened({ input: "failed", id });
      },
    });
  }

  #rest(): void {
    this.#alarm.clear();
    this.#governor.waits(this.#seat, undefined);
  }

  #end(): void {
    this.#rest();
    this.#sockets.disconnect(this.#ear);
    for (const release of this.#release.splice(0)) release();
    this.#news.end();
    this.#finish(this.view.solicitation);
  }
}

function stopped(): SolicitError {
  return new SolicitError("stopped", "This machine was stopped; resume it from what was saved.");
}
