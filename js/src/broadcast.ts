/** News for any number of readers, each of whom gets all of it in order, however slowly it reads. */

/** Most items that pass which wait for a reader. */
const MOST_PASSING = 100;

/** What of the items that nobody is there to read need not be kept for ever. */
export interface Passing<T> {
  passes(item: T): boolean;
  /** What the reader is told in place of as many as were dropped. */
  dropped(count: number): T;
}

export class Broadcast<T> {
  readonly #readers = new Set<Reader<T>>();
  #ended = false;
  #finished = false;
  /** What nobody has been there to read yet. */
  #backlog: T[] = [];
  #dropped = 0;

  /**
   * @param keeps whether an item that nobody is there to read waits for the first who comes
   * @param passing of which of these only the last are kept
   */
  constructor(
    readonly keeps: (item: T) => boolean,
    readonly passing?: Passing<T>,
  ) {}

  publish(item: T): void {
    if (this.#ended) return;
    if (this.#readers.size === 0 && this.keeps(item)) this.#keep(item);
    for (const reader of this.#readers) reader.push(item);
  }

  #keep(item: T): void {
    this.#backlog.push(item);
    const { passing } = this;
    if (!passing?.passes(item)) return;
    const [oldest, ...others] = this.#backlog.filter((kept) => passing.passes(kept));
    if (oldest === undefined || others.length < MOST_PASSING) return;
    this.#backlog.splice(this.#backlog.indexOf(oldest), 1);
    this.#dropped += 1;
  }

  /** What waits, and how much of it was dropped. */
  #kept(): T[] {
    const dropped = this.#dropped > 0 && this.passing ? [this.passing.dropped(this.#dropped)] : [];
    const kept = [...dropped, ...this.#backlog];
    [this.#backlog, this.#dropped] = [[], 0];
    return kept;
  }

  /** Lets every reader end once it has read what there is, but for those who stay for what comes late. */
  finish(): void {
    this.#finished = true;
    for (const reader of this.#readers) if (!reader.stays) reader.end();
  }

  /** Lets every reader end once it has read what there is. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
  }

  /**
   * Everything from now on, after `first` and what was kept while nobody read. It counts from this
   * call, not from the first item taken, and holds what is not taken until `return` (as `break` calls it) or
   * `signal` ends it.
   */
  read(first: T[], signal?: AbortSignal, stays = false): AsyncIterableIterator<T> {
    const leave = () => {
      this.#readers.delete(reader);
      signal?.removeEventListener("abort", abort);
    };
    const reader: Reader<T> = new Reader([...first, ...this.#kept()], stays, leave);
    const abort = () => void reader.return();
    this.#readers.add(reader);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    else if (this.#ended || (this.#finished && !stays)) reader.end();
    return reader;
  }
}

class Reader<T> implements AsyncIterableIterator<T> {
  readonly #waiting: ((result: IteratorResult<T>) => void)[] = [];
  #ended = false;

  constructor(
    readonly items: T[],
    /** Whether it stays for what comes late. */
    readonly stays: boolean,
    readonly leave: () => void,
  ) {}

  push(item: T): void {
    const next = this.#waiting.shift();
    if (next) next({ done: false, value: item });
    else this.items.push(item);
  }

  end(): void {
    this.#ended = true;
    this.leave();
    for (const next of this.#waiting.splice(0)) next({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    if (this.items.length > 0) return Promise.resolve({ done: false, value: this.items.shift() as T });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((next) => this.#waiting.push(next));
  }

  return(): Promise<IteratorResult<T>> {
    this.items.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
