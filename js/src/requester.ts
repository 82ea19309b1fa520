/** The side that asks. */
import { concept, Exchange, type Reason } from "./actor.js";
import { type CalendarOptions, calendarOf } from "./calendar.js";
import { followReceived } from "./content/received.js";
import type { ContentNews, FollowOptions } from "./content/resolve.js";
import type { AskedRecipient, Received, RequesterStart } from "./contract.js";
import { type DriveOptions, Driver } from "./drive.js";
import { type Resource, text } from "./resource.js";
import { requiresSignature } from "./security/signature.js";
import { seed } from "./seed.js";

/** What it takes to ask, and how to go about it. */
export interface RequesterOptions
  extends Omit<RequesterStart, "request" | "seed" | "calendar">,
    DriveOptions {
  /**
   * The CommunicationRequest, draft or active, as `draft` writes it; or the Task that asks for attachments, as
   * `draftAttachments` does. Its references are those of `home`.
   */
  request: Resource;
  /** How dates that name no time of day are read. */
  calendar?: CalendarOptions;
  /** 128 bits as hexadecimal digits; random where not given. */
  seed?: string;
}

/**
 * One request and everything that comes of it.
 *
 * @example
 * const asking = await solicit.requester({
 *   request: solicit.draft({ ... }),
 *   variant: "with-task",
 *   servers: { home: "https://payer.example/fhir", partner: "https://clinic.example/fhir" },
 *   credentials: (server) => tokens[server],
 *   save: (state) => store.put("request-17", state),
 * });
 * const { state, why } = await asking.finished;
 */
export class Requester extends Exchange {
  readonly actor = "requester";

  /** @internal */
  static async begin(options: RequesterOptions): Promise<Requester> {
    const { variant, servers, guide, cadence, grace, recipients } = options;
    const request = text(options.request);
    const given = { request, calendar: calendarOf(request, options.calendar), seed: options.seed ?? seed() };
    const start = {
      actor: "requester",
      variant,
      servers,
      guide,
      cadence,
      grace,
      recipients,
      ...given,
    } as const;
    return new Requester(await Driver.begin(start, options));
  }

  /** Those who are asked, and what asks them; `solicitation.recipients` says what has become of it there. */
  get recipients(): AskedRecipient[] {
    return this.view.recipients ?? [];
  }

  /** Takes the request back wherever it has not come to an end, with a reason in words. */
  cancel(reason: Reason): Promise<void> {
    return this.driver.act({ act: "cancel", reason: concept(reason) });
  }

  /**
   * Follows what a Communication holds and refers to, as `Solicit.resolveContent` does, with the servers and
   * credentials of this exchange. What the machine could not fetch itself and this does counts as received.
   *
   * @example
   * for (const received of asking.communications) {
   *   for await (const news of asking.resolveContent(received)) {
   *     if (news.news === "content" && news.content.blob) offer(news.content.title, news.content.blob);
   *   }
   * }
   */
  async *resolveContent(received: Received, options: FollowOptions = {}): AsyncIterableIterator<ContentNews> {
    const asking = [this.request, ...this.recipients.map(({ task }) => task)];
    const signed = asking.some((one) => one !== undefined && requiresSignature(one));
    const limits = { ...(signed && { signed }), ...options.limits };
    const fetched = (reference: string) => this.fetched(reference);
    yield* followReceived(received, this.driver.reach, { ...options, limits }, fetched);
  }

  /**
   * Says that what a Communication refers to is in the application's own hands, for what the machine could not
   * fetch: too large for its state, or on a server that is not its own. Until then the item counts as partial.
   *
   * @param reference as it stands in the Communication
   */
  fetched(reference: string): Promise<void> {
    return this.driver.act({ act: "fetched", reference });
  }

  /** Says that the application does without what a Communication refers to. */
  waive(reference: string): Promise<void> {
    return this.driver.act({ act: "waive", reference });
  }

  /**
   * Hands over what was submitted by `$submit-attachment` at this side's server, before that answers. The same a
   * second time changes nothing.
   *
   * @throws {SolicitError} of kind `submission` where it cannot be taken: answer with status 400
   */
  submitted(parameters: Resource): Promise<void> {
    return this.driver.act({ act: "submitted", parameters: text(parameters) });
  }

  /** Says that what has arrived is enough. */
  close(): Promise<void> {
    return this.driver.act({ act: "close" });
  }
}
