/** Being told of changes. */
import { Actor } from "./actor.js";
import type { SubscriberStart, Watching } from "./contract.js";
import { type DriveOptions, Driver } from "./drive.js";
import { SolicitError } from "./error.js";
import { seed } from "./seed.js";
import { Sockets } from "./sockets.js";

/** What to be told of, and how to go about it. */
export interface SubscriberOptions extends Omit<SubscriberStart, "seed">, DriveOptions {
  /** 128 bits as hexadecimal digits; random where not given. */
  seed?: string;
}

/**
 * One subscription at one server, for all exchanges that have something there. It tells them to look, by themselves
 * and with their own credentials, and they never cease to look in their own time: what is lost here costs time only.
 *
 * Over a websocket it listens by itself. Over a `rest-hook` the server POSTs to a relay of yours, and whatever
 * brings the notification from there into the page hands it to `ingestNotification`.
 *
 * @example
 * const subscriber = await solicit.subscriber({
 *   servers, credentials, save, server: "partner",
 *   subscription: { channel: { type: "websocket" }, filters: [{ parameter: "requester", value: "Organization/payer" }] },
 * });
 * subscriber.share(asking, another);
 */
export class Subscriber extends Actor {
  readonly actor = "subscriber";
  readonly #sharing = new Set<Actor>();

  /** @internal */
  constructor(driver: Driver) {
    super(driver);
    driver.listen((update) => {
      for (const actor of this.#sharing) {
        if (update.update === "news") this.#tell(actor, actor.notified(update.about));
        if (update.update === "subscription") this.#tell(actor, actor.watched(update.watching));
      }
    });
  }

  /** @internal */
  static async begin(options: SubscriberOptions): Promise<Subscriber> {
    const { servers, server, subscription, unadvertised } = options;
    const sockets = options.sockets ?? new Sockets();
    if (subscription.channel.type === "websocket" && !sockets.available) {
      const remedy = "give `sockets: new Sockets({ WebSocket })`, of the package ws for example";
      throw new SolicitError("argument", `There is no WebSocket here: ${remedy}.`);
    }
    const asked = { server, subscription, unadvertised, seed: options.seed ?? seed() };
    const start = { actor: "subscriber", servers, ...asked } as const;
    return new Subscriber(await Driver.begin(start, { ...options, sockets }));
  }

  /** How far the subscription can be relied on. */
  get watching(): Watching {
    return this.driver.view.watching as Watching;
  }

  /**
   * Lets these look when there is news that may concern them, and less often by themselves while the subscription is
   * well: requesters, responders and inboxes with something on the server that is watched, of which the subscription,
   * with its filters, tells. They look once at first, for what has happened before.
   *
   * @returns ends that
   */
  share(...actors: Actor[]): () => void {
    for (const actor of actors) {
      this.#sharing.add(actor);
      this.#tell(actor, actor.notified());
      this.#tell(actor, actor.watched(this.watching));
    }
    return () => {
      const { base } = this.watching;
      for (const actor of actors) {
        if (this.#sharing.delete(actor)) this.#tell(actor, actor.watched({ base, phase: "ended" }));
      }
    };
  }

  /** Ends the subscription at its server, and then itself. */
  end(): Promise<void> {
    return this.driver.act({ act: "close" });
  }

  #tell(actor: Actor, told: Promise<void>): void {
    // One that was stopped is not told any more.
    told.catch(() => this.#sharing.delete(actor));
  }
}
