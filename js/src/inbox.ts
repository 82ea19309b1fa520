/** Watching a server for what arrives. */
import { Actor } from "./actor.js";
import type { InboxStart, ResourceText } from "./contract.js";
import { type DriveOptions, Driver } from "./drive.js";
import { InformationRecipient, type InformationRecipientOptions } from "./information-recipient.js";
import { Responder, type ResponderOptions } from "./responder.js";
import { seed } from "./seed.js";

/** What to watch, and how to go about it. */
export interface InboxOptions extends Omit<InboxStart, "seed">, DriveOptions {
  /** 128 bits as hexadecimal digits; random where not given. */
  seed?: string;
}

/**
 * Reports every request, and with `communications` what is sent unasked or to a third, as an update `arrived`: once,
 * or after a restart again, until it is acknowledged.
 *
 * @example
 * const inbox = await solicit.inbox({ servers: { home, partner }, credentials, save });
 * for await (const news of inbox.updates()) {
 *   if (news.update !== "arrived") continue;
 *   if (news.brings === "request") desk.show(await inbox.answer(news, { save: saveAnswer }));
 *   else desk.show(await inbox.receive(news, { save: saveReceipt }));
 * }
 */
export class Inbox extends Actor {
  readonly actor = "inbox";

  /** @internal */
  static async begin(options: InboxOptions): Promise<Inbox> {
    const { servers, cadence, owner, guide, communications } = options;
    const given = { cadence, owner, guide, communications, seed: options.seed ?? seed() };
    const start = { actor: "inbox", servers, ...given } as const;
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
    const { guide } = this.driver.view;
    return this.#take(
      arrival,
      await Responder.begin({ guide, ...this.#given(arrival), ...options, arrived: arrival.resource }),
    );
  }

  /**
   * Takes up information that arrived, by the same transport and clock, and acknowledges it once the first state is
   * saved. Whether to get it is decided there.
   */
  async receive(
    arrival: { resource: ResourceText; seed?: string },
    options: Omit<Partial<InformationRecipientOptions>, "arrived"> = {},
  ): Promise<InformationRecipient> {
    const given = { ...this.#given(arrival), ...options, arrived: arrival.resource };
    return this.#take(arrival, await InformationRecipient.begin(given));
  }

  #given({ seed }: { seed?: string }) {
    const { transport, clock, view } = this.driver;
    return { servers: view.servers, transport, clock, ...(seed !== undefined && { seed }) };
  }

  async #take<A extends Actor>(arrival: { resource: ResourceText }, actor: A): Promise<A> {
    try {
      await this.acknowledge(arrival);
    } catch (error) {
      // It will be reported again; two must not take it up.
      actor.stop();
      throw error;
    }
    return actor;
  }

  /** Says that what arrived is in good hands; until then it is reported again after a restart. */
  acknowledge(arrival: { resource: ResourceText }): Promise<void> {
    const { resourceType, id } = JSON.parse(arrival.resource) as { resourceType: string; id: string };
    return this.driver.act({ act: "acknowledge", arrived: `${resourceType}/${id}` });
  }
}
