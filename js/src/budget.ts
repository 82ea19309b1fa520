/** How much repeating a server has to bear: one budget for all that this program sends to an origin (R81). */
import * as core from "./bridge.js";
import { Alarm, type Clock } from "./clock.js";
import type { HttpResponse } from "./contract.js";

/** What a repeat costs, in the milliseconds that earn it: one in a second is always had. */
const COST = 1000;
/** What every first try earns on top: a tenth of a repeat. */
const EARNED = COST / 10;
/** The most that is kept: more repeats than one exchange makes in a row. */
const MOST = 10 * COST;

/** By the clock that they go by, which is the same wherever none was given, then by origin. */
const BUDGETS = new WeakMap<Clock, Map<string, Budget>>();

/** The budget of the server at `base`. */
export function budgetFor(base: string, clock: Clock): Budget {
  const origin = base.split("/", 3).join("/");
  const budgets = BUDGETS.get(clock) ?? new Map<string, Budget>();
  BUDGETS.set(clock, budgets);
  const budget = budgets.get(origin) ?? new Budget(clock);
  budgets.set(origin, budget);
  return budget;
}

/**
 * Whether a request is repeated is for the machine that made it, which knows of no other. Here all of them meet:
 * first tries go at once, repeats one after the other as there is room, and none while the server wants to be left
 * alone. They wait and are not dropped. A server that answers again is repeated to as fast as it answers.
 */
export class Budget {
  /** When there was nothing left; what is left has been earned since. */
  #empty: number;
  /** Until when the server wants to be left alone. */
  #held = 0;
  /** Those that wait for room, in the order in which they came. */
  readonly #waiting = new Set<() => void>();
  readonly #alarm: Alarm;

  constructor(readonly clock: Clock) {
    this.#empty = clock.now() - MOST;
    this.#alarm = new Alarm(clock, () => this.#admit());
  }

  /**
   * Performs a request.
   *
   * @param again whether a passing fault has met it before
   * @param signal ends the wait, which then rejects
   */
  async send(
    perform: () => Promise<HttpResponse>,
    again: boolean,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    if (again) await this.#room(signal);
    else this.#earn(EARNED);
    const response = await perform();
    const hold = response.status < 400 ? undefined : core.hold(response);
    if (hold !== undefined) this.#held = Math.max(this.#held, this.clock.now() + hold * 1000);
    else if (again && response.status < 429) this.#earn(COST);
    this.#admit();
    return response;
  }

  #room(signal: AbortSignal): Promise<void> {
    return new Promise((admitted, left) => {
      const leave = () => {
        this.#waiting.delete(admit);
        this.#admit();
        left(signal.reason);
      };
      const admit = () => {
        signal.removeEventListener("abort", leave);
        admitted();
      };
      if (signal.aborted) return left(signal.reason);
      signal.addEventListener("abort", leave);
      this.#waiting.add(admit);
      this.#admit();
    });
  }

  #earn(milliseconds: number): void {
    this.#empty -= milliseconds;
  }

  /** Lets those go for whom there is room. */
  #admit(): void {
    const now = this.clock.now();
    // A clock that was set back takes nothing but what was saved up.
    this.#empty = Math.min(Math.max(this.#empty, now - MOST), now);
    for (const admit of this.#waiting) {
      const next = Math.max(this.#held, this.#empty + COST);
      if (next > now) {
        this.#alarm.set(next);
        return;
      }
      this.#empty += COST;
      this.#waiting.delete(admit);
      admit();
    }
    this.#alarm.clear();
  }
}
