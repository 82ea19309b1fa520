/** Time, as an argument. */

/** What tells the time and wakes; `globalThis` and `Date.now` where not given. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** The most that `setTimeout` can wait; it takes more for nothing at all. */
const LONGEST = 2 ** 31 - 1;

/** One alarm: setting it replaces the time set before. */
export class Alarm {
  #timer: unknown;

  constructor(
    readonly clock: Clock,
    readonly ring: () => void,
  ) {}

  /** Rings at `time`, in milliseconds since 1970, or before: whoever is woken too early sets it again. */
  set(time: number): void {
    this.clear();
    const wait = Math.min(time - this.clock.now(), LONGEST);
    this.#timer = this.clock.setTimeout(this.ring, Math.max(0, wait));
  }

  /** What is waited for keeps no process alive, where there is one. */
  release(): void {
    const timer = this.#timer;
    if (typeof timer === "object" && timer && "unref" in timer && typeof timer.unref === "function")
      timer.unref();
  }

  clear(): void {
    this.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
