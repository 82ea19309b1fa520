/** Watching a server for requests that arrive. */
import { Actor } from "./actor.js";
import type { InboxStart, ResourceText } from "./contract.js";
import { type DriveOptions, Driver } from "./drive.js";
import { Responder, type ResponderOptions } from "./responder.js";
import { seed } from "./seed.js";

/** What to watch, and how to go about it. */
export interface InboxOptions extends Omit<InboxStart, "seed">, DriveOptions {
  /** 128 bits as hexadecimal digits; random where not given. */
  seed?: string;
}

/**
 * Reports every request, as an update `arrived`: once, or after a restart again, until it is acknowledged.
 *
 * @example
 * const inbox = await solicit.inbox({ servers: { home, partner }, credentials, save });
 * for await (const news of inbox.updates()) {
 *   if (news.update === "arrived") desk.show(await inbox.answer(news, { save: saveAnswer }));
 * }
 */
export class Inbox extends Actor {
  readonly actor = "inbox";

  /** @internal */
  static async begin(options: InboxOptions): Promise<Inbox> {
    const { servers, cadence, owner, guide } = options;
    const start = { actor: "inbox", servers, cadence, owner, guide, seed: options.seed ?? seed() } as const;
    return new Inbox(await Driver.begin(start, options));
  }

  /**
   * Begins to answer what arrived, by the same transport and clock, and acknowledges it once the responder's
   * first state is saved. It lives on when the inbox is stopped.
   */
  async answer(
    arrival: { resource: ResourceText; seed?: string },
    options: Omit<Partial<ResponderOptions>, "arrived"> = {},
  ): Promise<Responder> {
    const { transport, clock, view } = this.driver;
    const answering = await Responder.begin({
      servers: view.servers,
      guide: view.guide,
      transport,
      clock,
      ...(arrival.seed !== undefined && { seed: arrival.seed }),
      ...options,
      arrived: arrival.resource,
    });
    try {
      await this.acknowledge(arrival);
    } catch (error) {
      // It will be reported again; two must not answer it.
      answering.stop();
      throw error;
    }
    return answering;
  }

  /** Says that what arrived is in good hands; until then it is reported again after a restart. */
  acknowledge(arrival: { resource: ResourceText }): Promise<void> {
    const { resourceType, id } = JSON.parse(arrival.resource) as { resourceType: string; id: string };
    return this.driver.act({ act: "acknowledge", arrived: `${resourceType}/${id}` });
  }
}
