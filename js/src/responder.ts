/** The side that is asked. */
import { concept, Exchange, type Reason } from "./actor.js";
import { type CalendarOptions, calendarOf } from "./calendar.js";
import type { Delivery, PayloadDraft, ResponderStart } from "./contract.js";
import { type DriveOptions, Driver } from "./drive.js";
import { type Resource, text } from "./resource.js";
import { seed } from "./seed.js";

/** What it takes to answer, and how to go about it. */
export interface ResponderOptions
  extends Omit<ResponderStart, "arrived" | "seed" | "calendar">,
    DriveOptions {
  /** The Task or the actionable CommunicationRequest as it stands at the home server. */
  arrived: Resource;
  /** How dates that name no time of day are read. */
  calendar?: CalendarOptions;
  /** 128 bits as hexadecimal digits; random where not given. */
  seed?: string;
}

/** What goes along with an answer. */
export interface RespondOptions {
  /** What explains it, such as why another document is sent. */
  note?: string;
  delivery?: Delivery;
}

/**
 * One request to this side and everything done about it. Verbs are checked at once and carried out in order;
 * what the server makes of them is told by `updates()`.
 *
 * @example
 * const answering = await solicit.responder({ arrived: task, servers, credentials, save });
 * await answering.accept();
 * await answering.respond({ answers: 0, contentAttachment: { contentType: "application/pdf", data } });
 * await answering.complete();
 */
export class Responder extends Exchange {
  readonly actor = "responder";

  /** @internal */
  static async begin(options: ResponderOptions): Promise<Responder> {
    const { servers, guide, cadence, grace, payer } = options;
    const arrived = text(options.arrived);
    const given = { arrived, calendar: calendarOf(arrived, options.calendar), seed: options.seed ?? seed() };
    const start = { actor: "responder", servers, guide, cadence, grace, payer, ...given } as const;
    return new Responder(await Driver.begin(start, options));
  }

  /** Says that the request will be answered. */
  accept(): Promise<void> {
    return this.driver.act({ act: "accept" });
  }

  /** Says that it will not be answered, and why. */
  reject(reason: Reason): Promise<void> {
    return this.driver.act({ act: "reject", reason: concept(reason) });
  }

  /** Says that work has begun. */
  start(): Promise<void> {
    return this.driver.act({ act: "start" });
  }

  /** Says that work pauses. */
  hold(reason?: Reason): Promise<void> {
    return this.driver.act({ act: "hold", reason: reason === undefined ? undefined : concept(reason) });
  }

  /** Says that work goes on. */
  resume(): Promise<void> {
    return this.driver.act({ act: "resume" });
  }

  /** Tells the requester in words how far it is. */
  progress(text: string): Promise<void> {
    return this.driver.act({ act: "progress", text });
  }

  /** Sends one Communication with these payloads; a string is one of words. May be called several times. */
  respond(
    payloads: string | PayloadDraft | (string | PayloadDraft)[],
    { note, delivery }: RespondOptions = {},
  ): Promise<void> {
    const drafts = [payloads].flat().map((one) => (typeof one === "string" ? { contentString: one } : one));
    return this.driver.act({ act: "respond", payloads: drafts, note, delivery });
  }

  /** Says that everything is sent. */
  complete(): Promise<void> {
    return this.driver.act({ act: "complete" });
  }

  /** Says that it could not be done, and why. */
  fail(reason: Reason): Promise<void> {
    return this.driver.act({ act: "fail", reason: concept(reason) });
  }
}
