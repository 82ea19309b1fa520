/** What all machines have in common. */
import type {
  About,
  CodeableConcept,
  Machine,
  Received,
  ResourceText,
  Solicitation,
  View,
  Watching,
} from "./contract.js";
import type { Driver, News } from "./drive.js";
import { type Resource, text } from "./resource.js";

/** When to stop reading. */
export interface ReadOptions {
  signal?: AbortSignal;
  /** Also what comes after the end, for as long as it is looked at then: `view.watchedUntil`. */
  late?: boolean;
}

/** A machine at work. Its verbs resolve when it has taken them, and reject with a `SolicitError` when refused. */
export abstract class Actor {
  /** @internal Obtained from `Solicit`, never made by hand. */
  constructor(protected readonly driver: Driver) {}

  /** Looks for news now, however long the next look would be off. */
  look(): Promise<void> {
    return this.driver.act({ act: "look" });
  }

  /** Repeats what a fault or a failed save has stopped, as after a new sign-in. */
  retry(): Promise<void> {
    return this.driver.act({ act: "retry" });
  }

  /** Stops trying what a fault has stopped. What was not stored stays unsent; a request nobody got is cancelled. */
  giveUp(): Promise<void> {
    return this.driver.act({ act: "give-up" });
  }

  /**
   * Somebody says that there is news: a subscription, a push message. Taken as a reason to look, no more.
   *
   * @param about what it is about, so that those whom it does not concern need not look; anything where not given
   */
  notified(about?: About): Promise<void> {
    return this.driver.give({ input: "notified", about });
  }

  /** A subscription says how far it can be relied on: what it tells of is then looked for less often. */
  watched({ base, until }: Watching): Promise<void> {
    return this.driver.give({ input: "watched", base, until });
  }

  /**
   * Takes the notification of a subscription, from wherever it comes: server-sent events of a relay, `postMessage`,
   * a push message. Nothing of its content is believed or kept, whoever sent it; it is a reason to look at the
   * registered server, and however many come, no more than one look in a few seconds follows. Give it to the
   * subscriber that it is for, or where somebody else has subscribed, to the exchange.
   *
   * @example
   * new EventSource("https://relay.example/feed").onmessage = ({ data }) => subscriber.ingestNotification(data);
   */
  ingestNotification(bundle: Resource): Promise<void> {
    return this.driver.give({ input: "notification", bundle: text(bundle) });
  }

  /**
   * The current state, then everything new, until the machine is finished or stopped. Each call gives an
   * iterator of its own that misses nothing, however slowly it is read; leave the loop to release it. While nobody
   * reads, the last hundred faults and notices wait for whoever comes, and every request that has arrived.
   *
   * @example
   * for await (const news of asking.updates()) {
   *   if (news.update === "state") show(news.solicitation.state, news.solicitation.why);
   *   if (news.update === "fault" && news.fault.kind === "unauthorized") await signIn(), await asking.retry();
   * }
   */
  updates(options: ReadOptions = {}): AsyncIterableIterator<News> {
    return this.driver.updates(options);
  }

  /** The state as plain JSON, as it was last given to the `save` hook. **Contains patient data.** */
  save(): Machine {
    return this.driver.state;
  }

  /** Ends all activity here and lets `updates()` end. Nothing is told to anybody: resume it when you like. */
  stop(): void {
    this.driver.stop();
  }
}

/** A machine that follows one request. */
export abstract class Exchange extends Actor {
  /** Looks no longer for what may come after the end. */
  untrack(): Promise<void> {
    return this.driver.act({ act: "untrack" });
  }

  /**
   * The state once nothing is left to do or the machine was stopped. Never rejects. For a day, or what `grace` says,
   * it is still looked at; that keeps no process alive, and `stop()` or `untrack()` ends it.
   */
  get finished(): Promise<Solicitation> {
    return this.driver.finished as Promise<Solicitation>;
  }

  /** All that may be shown; the same object until something changes. */
  get view(): View {
    return this.driver.view;
  }

  /** What has become of the request, and why. */
  get solicitation(): Solicitation {
    return this.view.solicitation as Solicitation;
  }

  /** The CommunicationRequest, once it is known. */
  get request(): ResourceText | undefined {
    return this.view.request;
  }

  /** The Task as last seen, where there is one. */
  get task(): ResourceText | undefined {
    return this.view.task;
  }

  /** The Communications: a requester's in hand, in order of arrival; a responder's on a server. */
  get communications(): Received[] {
    return this.view.communications;
  }
}

/** A reason in words, with codes where there are any. The words are required: the other side reads them. */
export type Reason = string | CodeableConcept;

export function concept(reason: Reason): CodeableConcept {
  return typeof reason === "string" ? { text: reason } : reason;
}
