/** What the loaded module can do. */
import { draft, version } from "./bridge.js";
import type { Machine, RequestDraft, ResourceText } from "./contract.js";
import { type DriveOptions, Driver } from "./drive.js";
import { Inbox, type InboxOptions } from "./inbox.js";
import { Requester, type RequesterOptions } from "./requester.js";
import { Responder, type ResponderOptions } from "./responder.js";

/** The machine that each kind of saved state becomes. */
export interface Actors {
  requester: Requester;
  responder: Responder;
  inbox: Inbox;
}

/** What the loaded module can do. Any number of machines work side by side. */
export interface Solicit {
  /** The version of the package, to be reported with a fault. */
  version(): string;

  /**
   * Writes a CommunicationRequest.
   *
   * @throws {SolicitError} of kind `draft` where something is missing, or a query may not be asked
   */
  draft(draft: RequestDraft): ResourceText;

  /**
   * Sends a request and follows it. Resolves when the first state is saved, before anything is answered.
   *
   * @throws {SolicitError} where the request cannot be sent; nothing was then done
   */
  requester(options: RequesterOptions): Promise<Requester>;

  /**
   * Answers a request that arrived.
   *
   * @throws {SolicitError} where what arrived is no request; nothing was then done
   */
  responder(options: ResponderOptions): Promise<Responder>;

  /** Watches a server for requests. */
  inbox(options: InboxOptions): Promise<Inbox>;

  /**
   * Goes on with a machine that was saved, on this device or another, and repeats what was under way; what the
   * servers already have is not created again. Servers are part of the state, credentials are not.
   *
   * @example
   * const saved = JSON.parse(localStorage.getItem("request-17"));
   * const asking = await solicit.resume(saved, { credentials, save });
   * @throws {SolicitError} of kind `argument` for what is no saved state
   */
  resume<M extends Machine>(saved: M, options?: DriveOptions): Promise<Actors[M["actor"]]>;
}

const ACTORS = { requester: Requester, responder: Responder, inbox: Inbox };

export const solicit: Solicit = {
  version,
  draft,
  requester: Requester.begin,
  responder: Responder.begin,
  inbox: Inbox.begin,
  async resume<M extends Machine>(saved: M, options: DriveOptions = {}) {
    const driver = await Driver.resume(saved, options);
    return new ACTORS[saved.actor](driver) as Actors[M["actor"]];
  },
};
