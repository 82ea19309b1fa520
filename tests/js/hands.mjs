// @ts-check
/** Time in the hands of a test. */
import assert from "node:assert/strict";

/** Until nothing more can happen by itself: every double answers within a few turns of the event loop. */
export async function settled() {
  for (let turn = 0; turn < 60; turn++) await new Promise(setImmediate);
}

/** A clock that moves when it is told to, and rings what is due on the way. */
export class Hands {
  /** @type {{ at: number, ring: () => void }[]} */
  timers = [];
  time = Date.parse("2026-01-01T00:00:00Z");
  /** @type {number[]} */
  waits = [];
  now = () => this.time;
  setTimeout = (/** @type {() => void} */ ring, /** @type {number} */ wait) => {
    const timer = { at: this.time + wait, ring };
    this.waits.push(wait);
    this.timers.push(timer);
    return timer;
  };
  clearTimeout = (/** @type {unknown} */ timer) => {
    this.timers = this.timers.filter((known) => known !== timer);
  };
  /** Moves to the next timer. */
  async next() {
    const timer = [...this.timers].sort((a, b) => a.at - b.at)[0];
    assert(timer, "a timer is set");
    await this.#ring(timer);
  }
  async pass(/** @type {number} */ milliseconds) {
    const until = this.time + milliseconds;
    for (;;) {
      const timer = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!timer) break;
      await this.#ring(timer);
    }
    this.time = until;
  }
  async #ring(/** @type {{ at: number, ring: () => void }} */ timer) {
    this.clearTimeout(timer);
    this.time = Math.max(this.time, timer.at);
    timer.ring();
    await settled();
  }
}
