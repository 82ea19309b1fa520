/** Several machines in one program: they wake together, and ask a server once for all of them. */
import * as core from "./bridge.js";
import { budgetFor } from "./budget.js";
import type { Clock } from "./clock.js";
import type { HttpRequest, HttpResponse } from "./contract.js";
import type { Transport } from "./transport.js";

/** Milliseconds after which a server is asked for several again that has refused it: it may have been mended. */
const ASK_AGAIN = 86_400_000;

/** A machine that is driven here. */
export interface Seat {
  now(): number;
  /** Resolves when the machine has done what it is time for. */
  wake(): Promise<void>;
}

/** A request, how it is sent, and who waits for what comes of it. */
export interface Errand {
  request: HttpRequest;
  /** Whether a passing fault has met it before. */
  again: boolean;
  clock: Clock;
  /** Base URL of its server. */
  base: string;
  /** Whose credential it is sent with: requests go together where this is the same. */
  account: object;
  transport: Transport;
  signal: AbortSignal;
  /** Takes what came; resolves when that has had its consequences. */
  done(came: HttpResponse | Error): Promise<void>;
}

/**
 * Lets machines look together. Give several the same one: a thousand open exchanges on one server then cost some
 * twenty requests at a look and not a thousand. What they do is as without it; a server that refuses to be
 * asked for several at once is asked for each, for a day.
 *
 * Requests go together where machines were given the same `credentials` function, or the same `transport`, and know
 * the server by the same key and base URL.
 *
 * @example
 * const governor = new Governor();
 * const shared = { governor, credentials: (server) => tokens.get(server) };
 * for (const saved of await store.all()) await solicit.resume(saved, shared);
 */
export class Governor {
  /** From when on each may be woken. */
  readonly #seats = new Map<Seat, number>();
  /** How many things are happening of which requests may follow. */
  #turns = 0;
  #held: Errand[] = [];
  /** What servers have not answered usefully for several, and until when they are not asked for it again. */
  readonly #refused = new WeakMap<object, Map<string, number>>();

  /** @internal From when on `seat` may be woken with others; `undefined` where it does not wait. */
  waits(seat: Seat, from: number | undefined): void {
    if (from === undefined) this.#seats.delete(seat);
    else this.#seats.set(seat, from);
  }

  /** @internal It is time for `seat`, and so for all who may look now. */
  ring(seat: Seat): void {
    const now = seat.now();
    const due = [...this.#seats].filter(([other, from]) => other !== seat && from <= now);
    const seats = [seat, ...due.map(([other]) => other)];
    for (const one of seats) this.#seats.delete(one);
    void this.#turn(seats.map((one) => one.wake()));
  }

  /** @internal Sends a request, with others where there are any. */
  send(errand: Errand): void {
    if (this.#turns > 0) this.#held.push(errand);
    else void this.#alone(errand);
  }

  async #turn(work: Promise<void>[]): Promise<void> {
    this.#turns += 1;
    await Promise.allSettled(work);
    this.#turns -= 1;
    if (this.#turns === 0) this.#release();
  }

  #release(): void {
    const groups: Errand[][] = [];
    for (const errand of this.#held.splice(0)) {
      const group = groups.find(([first]) => first && isTogether(first, errand));
      if (group) group.push(errand);
      else groups.push([errand]);
    }
    for (const group of groups) {
      for (const { request, members, kind } of core.batch(group.map(({ request }) => request))) {
        const errands = members.flatMap((at) => group[at] ?? []);
        const [first] = errands;
        const name = `${first?.base} ${kind}`;
        if (!first || errands.length === 1 || this.#isRefused(first, name)) {
          for (const errand of errands) void this.#alone(errand);
        } else {
          void this.#together(request, errands, first, name);
        }
      }
    }
  }

  #isRefused({ account, clock }: Errand, name: string): boolean {
    const wait = (this.#refused.get(account)?.get(name) ?? 0) - clock.now();
    // A clock that was set back makes none longer.
    return wait > 0 && wait <= ASK_AGAIN;
  }

  async #alone(errand: Errand): Promise<void> {
    await errand.done(await perform(errand.request, errand, errand.again));
  }

  async #together(request: HttpRequest, errands: Errand[], first: Errand, name: string): Promise<void> {
    const answers = await answersTo(request, errands, first);
    if (answers.length > 0 && answers.every((answer) => answer === null)) {
      const refused = this.#refused.get(first.account) ?? new Map<string, number>();
      this.#refused.set(first.account, refused.set(name, first.clock.now() + ASK_AGAIN));
    }
    // What follows from these answers can go together, too.
    const taken = errands.flatMap((errand, at) => {
      const answer = answers[at];
      return answer ? [errand.done(answer)] : [];
    });
    void this.#turn(taken);
    errands.forEach((errand, at) => {
      if (!answers[at]) void this.#alone(errand);
    });
  }
}

function isTogether(one: Errand, other: Errand): boolean {
  return (
    one.account === other.account && one.base === other.base && one.request.server === other.request.server
  );
}

async function perform(
  request: HttpRequest,
  { base, clock, transport, signal }: Errand,
  again: boolean,
): Promise<HttpResponse | Error> {
  try {
    return await budgetFor(base, clock).send(() => transport(request, signal), again, signal);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What each is answered; `null` for those that have to ask for themselves, nothing where it broke off. */
async function answersTo(
  request: HttpRequest,
  errands: Errand[],
  first: Errand,
): Promise<(HttpResponse | Error | null)[]> {
  const { base, signal } = first;
  const pages: HttpResponse[] = [];
  // Where it stands for one first try at least, it is no repeat.
  let again = errands.every((errand) => errand.again);
  for (let next = request; ; again = false) {
    const page = await perform(next, first, again);
    if (page instanceof Error) {
      // Whose machine was stopped speaks for nobody else, and what broke off says nothing of the rest.
      return signal.aborted || pages.length > 0 ? [] : errands.map(() => page);
    }
    pages.push(page);
    const step = core.unbatch(
      base,
      errands.map(({ request }) => request),
      pages,
    );
    if ("answers" in step) return step.answers;
    next = step.more;
  }
}
