/** The side that gets information, where that is not who asked, or nobody has asked. */
import { Actor, concept, type Reason } from "./actor.js";
import type { ContentNews, FollowOptions } from "./content/resolve.js";
import { followReceived } from "./content/received.js";
import type { InformationRecipientStart, Receipt, Received, ResourceText, View } from "./contract.js";
import { type DriveOptions, Driver } from "./drive.js";
import { type Resource, text } from "./resource.js";
import { seed } from "./seed.js";

/** What has arrived, and how to go about it. */
export interface InformationRecipientOptions
  extends Omit<InformationRecipientStart, "arrived" | "seed">,
    DriveOptions {
  /** The Communication, or the Task that points at one, as it stands at the home server. */
  arrived: Resource;
  /** 128 bits as hexadecimal digits; random where not given. */
  seed?: string;
}

/**
 * One Communication that was sent to this side. Nothing is fetched before it is accepted; a Task that tells of it is
 * then moved on to `completed`.
 *
 * @example
 * const receiving = await solicit.informationRecipient({ arrived: task, servers, credentials, save });
 * await receiving.accept();
 * for await (const news of receiving.updates()) {
 *   if (news.update === "receipt" && news.receipt.status === "completed") show(receiving.communication);
 * }
 */
export class InformationRecipient extends Actor {
  readonly actor = "information-recipient";

  /** @internal */
  static async begin(options: InformationRecipientOptions): Promise<InformationRecipient> {
    const arrived = text(options.arrived);
    const { servers } = options;
    const start = { actor: "information-recipient", arrived, servers, seed: options.seed ?? seed() } as const;
    return new InformationRecipient(await Driver.begin(start, options));
  }

  /** All that may be shown; the same object until something changes. */
  get view(): View {
    return this.driver.view;
  }

  /** How far it is, and whether somebody has asked for it. */
  get receipt(): Receipt {
    return this.view.receipt as Receipt;
  }

  /** The Communication and what it refers to, once it is in hand. */
  get communication(): Received | undefined {
    return this.view.communications[0];
  }

  /** The Task that tells of it, where there is one. */
  get task(): ResourceText | undefined {
    return this.view.task;
  }

  /** What has become of it once nothing is left to do or this was stopped. Never rejects. */
  get finished(): Promise<Receipt> {
    return this.driver.finished.then(() => this.receipt);
  }

  /** Gets it, and what it refers to. */
  accept(): Promise<void> {
    return this.driver.act({ act: "accept" });
  }

  /** Says that it is not wanted, and why; where no Task tells of it, nobody hears that. */
  reject(reason: Reason): Promise<void> {
    return this.driver.act({ act: "reject", reason: concept(reason) });
  }

  /** Says that it could not be had, and why. */
  fail(reason: Reason): Promise<void> {
    return this.driver.act({ act: "fail", reason: concept(reason) });
  }

  /** Follows what the Communication holds and refers to: as `Requester.resolveContent`. */
  async *resolveContent(options: FollowOptions = {}): AsyncIterableIterator<ContentNews> {
    if (this.communication === undefined) return;
    const fetched = (reference: string) => this.fetched(reference);
    yield* followReceived(this.communication, this.driver.reach, options, fetched);
  }

  /** Says that what it refers to is in the application's own hands. @param reference as it stands in it */
  fetched(reference: string): Promise<void> {
    return this.driver.act({ act: "fetched", reference });
  }

  /** Says that the application does without what it refers to. */
  waive(reference: string): Promise<void> {
    return this.driver.act({ act: "waive", reference });
  }

  /** Says that what is in hand is enough. */
  close(): Promise<void> {
    return this.driver.act({ act: "close" });
  }
}
