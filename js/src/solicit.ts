/** What the loaded module can do. */
import type { Actor } from "./actor.js";
import * as core from "./bridge.js";
import { type ContentNews, type ContentOptions, resolveContent } from "./content/resolve.js";
import type {
  Aside,
  AttachmentDraft,
  Guide,
  Machine,
  RequestDraft,
  ResourceText,
  Snapshot,
  Translation,
} from "./contract.js";
import { type DriveOptions, Driver } from "./drive.js";
import { Inbox, type InboxOptions } from "./inbox.js";
import { InformationRecipient, type InformationRecipientOptions } from "./information-recipient.js";
import { Requester, type RequesterOptions } from "./requester.js";
import { type Resource, text } from "./resource.js";
import { Responder, type ResponderOptions } from "./responder.js";
import { type LaunchOptions, launched } from "./security/launch.js";
import { restored, snapshot } from "./snapshot.js";
import { Subscriber, type SubscriberOptions } from "./subscriber.js";
import type { Validator } from "./validator.js";

/** A request for attachments to a claim. */
export interface AttachmentOptions extends Omit<AttachmentDraft, "patient" | "practitionerRole"> {
  /** The Patient, with member number, name and birth date. */
  patient: Resource;
  /** The PractitionerRole that is asked, with an identifier of practitioner or organization. */
  practitionerRole: Resource;
}

/** One exchange, and between which guides to translate it. */
export interface Exchanged {
  /** The Task, and as far as they are at hand its CommunicationRequest and its Communications, in any order. */
  resources: Resource[];
  /** The guide that they follow. */
  from: Guide;
  /** The guide to follow. */
  to: Guide;
}

/** What goes on with what was saved. */
export interface RestoredActors {
  /** The machines, by what the application calls them. */
  actors: Record<string, Actors[keyof Actors]>;
  /** What could not be restored. */
  aside: Aside[];
}

/** The machine that each kind of saved state becomes. */
export interface Actors {
  requester: Requester;
  responder: Responder;
  inbox: Inbox;
  "information-recipient": InformationRecipient;
  subscriber: Subscriber;
}

/** What the loaded module can do: check, and exchange. Any number of machines work side by side. */
export interface Solicit extends Validator {
  /**
   * Writes a CommunicationRequest.
   *
   * @throws {SolicitError} of kind `draft` where something is missing, or a query may not be asked
   */
  draft(draft: RequestDraft): ResourceText;

  /**
   * Writes the Task by which a payer asks for attachments to a claim, to be given to `requester` as its `request`.
   *
   * @param guide one that has such a request: `cdex-2.1.0` where not given, `cdex-ci`, or one of your own
   * @throws {SolicitError} of kind `attachments` where something is missing that the guide demands
   */
  draftAttachments(draft: AttachmentOptions, guide?: Guide): ResourceText;

  /**
   * Says an exchange in the words of another guide: the Task and CommunicationRequest of 2019 as one data request
   * Task of CDex 2.1 or HRex, or the other way round, with the Communications or outputs that are at hand.
   *
   * @example
   * const { resources, lost } = solicit.translate({ resources: [task, request], from: "cdex-2019", to: "cdex-2.1.0" });
   * for (const { path, reason } of lost) console.log(`${path} is lost: ${reason}`);
   * @throws {SolicitError} of kind `translation` where nothing would be left to ask for
   */
  translate(exchange: Exchanged): Translation;

  /**
   * Opens the exchange that an EHR launch is about: a Task or CommunicationRequest in its `fhirContext`, or what a
   * Task behind such a launch names. One that was saved is resumed, any other is answered. `undefined` where the
   * launch names none.
   *
   * @example
   * const exchange = await solicit.launched({ context: client.state.tokenResponse, servers, credentials, saved, save });
   * if (exchange?.actor === "responder") show(exchange);
   * @throws {SolicitError} of kind `launch` where it cannot be read, `server` where it is on another server
   */
  launched(options: LaunchOptions): Promise<Requester | Responder | undefined>;

  /**
   * Follows what a resource holds and refers to: words, attachments, Binaries, documents, Bundles, other resources,
   * on the registered servers and with their credentials. Gives progress and contents as they come, until all are
   * there; what is not given is told with its reason. Bytes never pass through wasm.
   *
   * What was said of a content and is not so stands in its `findings`: a size, a hash, a type. A content of a stranger
   * is not to be put into a page: show it as text or in a frame with `sandbox`.
   *
   * @example
   * for await (const news of solicit.resolveContent(communication, { servers, credentials, signal })) {
   *   if (news.news === "content") show(news.content.text ?? news.content.blob, news.content.findings);
   *   if (news.news === "withheld") console.log(news.reason.why);
   * }
   * @throws {SolicitError} of kind `argument` where the resource is no JSON; the signal's reason when aborted
   */
  resolveContent(resource: Resource, options: ContentOptions): AsyncIterableIterator<ContentNews>;

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

  /** Watches a server for requests, and for information. */
  inbox(options: InboxOptions): Promise<Inbox>;

  /**
   * Takes up information that arrived: a Communication, or a Task that points at one.
   *
   * @throws {SolicitError} where what arrived is neither
   */
  informationRecipient(options: InformationRecipientOptions): Promise<InformationRecipient>;

  /**
   * Subscribes to changes on a server, for all exchanges that have something there. Where the server has no such
   * subscriptions, nothing is lost: exchanges look in their own time.
   *
   * @throws {SolicitError} of kind `subscription` where the draft is none a server should take
   */
  subscriber(options: SubscriberOptions): Promise<Subscriber>;

  /**
   * Goes on with a machine that was saved, on this device or another, and repeats what was under way; what the
   * servers already have is not created again. Servers are part of the state, credentials are not.
   *
   * @example
   * const saved = JSON.parse(localStorage.getItem("request-17"));
   * const asking = await solicit.resume(saved, { credentials, save });
   * @throws {SolicitError} of kind `snapshot` for what is no saved state, or that of a later version
   */
  resume<M extends Machine>(saved: M, options?: DriveOptions): Promise<Actors[M["actor"]]>;

  /**
   * What is to be saved of all machines of an application, by what it calls them. States may also be saved one by one,
   * as the option `save` gives them: see {@link Store}.
   *
   * @param aside what `restoreAll` could not restore, so that it is not lost
   * @example
   * localStorage.setItem("exchanges", JSON.stringify(solicit.snapshot({ "request-17": asking, inbox }, aside)));
   */
  snapshot(machines: Record<string, Actor | Machine>, aside?: Aside[]): Snapshot;

  /**
   * Goes on with everything that was saved, by this version of the library or an earlier one. What cannot be restored
   * is in `aside`, with what to do about it, and keeps nobody else from going on.
   *
   * @param options how to drive the machine of an id
   * @example
   * const { actors, aside } = await solicit.restoreAll(await store.load(), (id) => ({
   *   credentials,
   *   save: (state) => store.save(id, state),
   * }));
   * for (const { id, message } of aside) console.warn(`${id} was not restored: ${message}`);
   * @throws {SolicitError} of kind `snapshot` for what is no snapshot, or that of a later version: nothing was
   * changed, keep it as it is
   */
  restoreAll(
    snapshot: Snapshot | undefined,
    options?: (id: string, state: Machine) => DriveOptions,
  ): Promise<RestoredActors>;
}

const ACTORS = {
  requester: Requester,
  responder: Responder,
  inbox: Inbox,
  "information-recipient": InformationRecipient,
  subscriber: Subscriber,
};

export const solicit: Solicit = {
  ...core.validator,
  draft: core.draft,
  draftAttachments: (draft, guide = "cdex-2.1.0") => {
    const [patient, practitionerRole] = [text(draft.patient), text(draft.practitionerRole)];
    return core.draftAttachments({ ...draft, patient, practitionerRole }, guide, Date.now());
  },
  translate: ({ resources, from, to }) => core.translate(resources.map(text), from, to),
  launched,
  resolveContent,
  requester: Requester.begin,
  responder: Responder.begin,
  inbox: Inbox.begin,
  informationRecipient: InformationRecipient.begin,
  subscriber: Subscriber.begin,
  async resume<M extends Machine>(saved: M, options: DriveOptions = {}) {
    return resume(restored(saved), options);
  },
  snapshot,
  async restoreAll(snapshot, options = () => ({})) {
    if (snapshot === undefined) return { actors: {}, aside: [] };
    const { saved, aside } = core.restore(JSON.stringify(snapshot));
    const resumed = saved.map(
      async ({ id, state }) => [id, await resume(state, options(id, state))] as const,
    );
    const settled = await Promise.allSettled(resumed);
    const failed = settled.find((one) => one.status === "rejected");
    if (!failed) return { actors: Object.fromEntries(await Promise.all(resumed)), aside };
    // All of them go on, or none does.
    for (const one of settled) if (one.status === "fulfilled") one.value[1].stop();
    throw failed.reason;
  },
};

/** Goes on with a state of the present shape. */
async function resume<M extends Machine>(state: M, options: DriveOptions): Promise<Actors[M["actor"]]> {
  const driver = await Driver.resume(state, options);
  return new ACTORS[state.actor](driver) as Actors[M["actor"]];
}
