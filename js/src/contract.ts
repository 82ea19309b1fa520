/**
 * What crosses between the application and the wasm module, written once. The Rust types of the same names
 * define the meaning; golden files that Rust writes are type-checked against these.
 *
 * Resources cross as the text of their JSON, so that nothing of them is lost; instants as FHIR `instant`s.
 */

/** The text of a FHIR resource in JSON, kept byte for byte. */
export type ResourceText = string;
/** A FHIR `instant` in UTC, such as `2026-11-22T21:46:29.000Z`. */
export type Instant = string;

export interface Coding {
  system?: string;
  code?: string;
  display?: string;
}
export interface CodeableConcept {
  coding?: Coding[];
  text?: string;
}
export interface Identifier {
  system?: string;
  value?: string;
}
export interface Reference {
  reference?: string;
  identifier?: Identifier;
  display?: string;
}
export interface Attachment {
  contentType?: string;
  /** Base64. */
  data?: string;
  url?: string;
  /** Bytes before base64. */
  size?: number;
  /** Base64 of the SHA-1 of the content. */
  hash?: string;
  title?: string;
}

/** A published rule set that is built in; `cdex-ci` changes without notice. */
export type GuideName = "r4" | "cdex-2019" | "hrex-1.1" | "cdex-2.1.0" | "cdex-ci";
/** A rule set: one that is built in, or the rules themselves. */
export type Guide =
  | GuideName
  | (Partial<Rules> & { guide: string; title: string; extends: GuideName })
  | Rules;
/** What a guide says of the life cycle. */
export interface Rules {
  /** Its name. */
  guide: string;
  title: string;
  /** Whether it changes without notice. */
  unstable?: boolean;
  task: StatusRules;
  communicationRequest: StatusRules;
  communication: StatusRules;
  /** How a Task says what is asked for. */
  ask: Ask;
  /** How a payer asks for attachments to a claim. */
  attachment?: AttachmentRules;
  /** `Task.identifier.type` of a number by which the payer's administration knows the request. */
  adminRefNumber?: Coding;
  /** Whether the Task is cancelled when a request is taken back, or the CommunicationRequest alone is revoked. */
  cancel: "task" | "request";
  /** The statuses of a Task that need a `statusReason`. */
  reasonRequired: TaskStatus[];
  /** Whether a `statusReason` needs a text. */
  reasonText: boolean;
  /** The statuses of a Task that need an `output`. */
  outputRequired: TaskStatus[];
  /** Whether a change of status removes the reason and the progress that belonged to the status before. */
  clearStale: boolean;
}
/** The life cycle of one type of resource. */
export interface StatusRules {
  codes: string[];
  /** The changes that one side may write; without `from` where the resource begins. */
  steps: { by: "requester" | "responder"; from?: string[]; to: string[]; caution?: string }[];
}
/** By a CommunicationRequest in `Task.focus`, or by `Task.input`. */
export type Ask =
  | { by: "focus"; code: Coding }
  | { by: "input"; slots: Slot[]; output: Coding; beside?: Beside };
/** What a Task may say beside what it asks for. */
export interface Beside {
  /** `Task.input.type` of the boolean that demands a signature. */
  signature: Coding;
  /** `Task.input.type` of the purpose of use. */
  purposeOfUse: Coding;
  /** The purposes that the guide names; others of their systems are possible. */
  purposes: Codes[];
  /** Those that name a purpose too wide to stand alone. */
  unspecific: Codes;
  /** The work queues that `Task.meta.tag` may name. */
  workQueues: Codes;
}
/** How a payer asks for attachments, and a provider submits them: types of inputs and of identifiers. */
export interface AttachmentRules {
  trackingId: Coding;
  slots: Slot[];
  payerUrl: Coding;
  serviceDate: Coding;
  multipleSubmits: Coding;
  /** The extension of an input that names a line of the claim. */
  lineNumber: string;
  /** What attachments may be for, and which of these need the date of the service. */
  uses: Codes;
  dated: string[];
}
/** Codes of one system. */
export interface Codes {
  system: string;
  codes: string[];
}
/** One way to ask in `Task.input`. */
export interface Slot {
  way: "query" | "code" | "questionnaire";
  /** `Task.code`. */
  code: Coding;
  /** `Task.input.type`. */
  type: Coding;
  /** `Task.output.type`, where it is not that of the guide. */
  output?: Coding;
  /** The status that tells that nothing was found. */
  empty?: TaskStatus;
}
/** The request itself is actionable, or a Task asks for it to be answered. */
export type Variant = "without-task" | "with-task";
/** How often to look. Anything under a minute is for tests on servers of one's own. */
export type Cadence =
  | { cadence: "cdex" }
  | { cadence: "hrex"; urgent?: boolean }
  | { cadence: "custom"; seconds: number; unsafeBelowMinute?: boolean };
/** How dates that name no time of day are read, and from when an answer is due soon. */
export interface Calendar {
  /** Minutes east of UTC in which a date without offset is meant. */
  zoneMinutes?: number | undefined;
  /** Minutes before the end from which the answer is due soon; a day where not given. */
  soonMinutes?: number | undefined;
}
/** Base URLs by key: `home` is this side's server, `partner` the other's. */
export type Servers = { home: string; partner?: string } & Record<string, string>;
/** How a Communication reaches the requester. */
export type Delivery = "usual" | "communication" | "communication-task";

/** What one payload of a request asks for. */
export type Asked = { query: string } | { noteType: CodeableConcept } | { text: string } | "content";

/** What to ask, in the terms of the exchange. */
export interface RequestDraft {
  subject: Reference;
  ask: Exclude<Asked, "content">[];
  /** Who is to answer. */
  informationSender: Reference;
  /** Who is to get the answer. */
  informationRecipients: Reference[];
  requester?: Reference;
  category?: CodeableConcept;
  reason?: CodeableConcept;
  about?: Reference[];
  /** FHIR dateTime until which the answer is expected. */
  due?: string;
  priority?: "routine" | "urgent" | "asap" | "stat";
  /** What it will be used for; a wide code needs a second, more precise one. */
  purposeOfUse?: Coding[];
  /** Which work queue of the other side it is for. */
  workQueue?: Coding;
  /** Whether what is returned has to be signed. */
  signature?: boolean;
  /**
   * Resources to carry along for a recipient that can reach no other server, such as the Patient and who asks, each
   * with the id by which it is referred to here.
   */
  carries?: ResourceText[];
}

/** One thing that a payer needs: exactly one of code and questionnaire. */
export interface Needed {
  /** A type of document. */
  code?: CodeableConcept;
  /** The canonical URL of a questionnaire. */
  questionnaire?: string;
  /** The lines of the claim that it is for. */
  lines?: number[];
}

/** A request for attachments to a claim, in the terms of the exchange. */
export interface AttachmentDraft {
  /** The number by which the payer will find what is submitted. */
  trackingId: Identifier;
  /** A number of the payer's administration, where the guide has it. */
  adminRefNumber?: Identifier;
  /** The Patient, with member number, name and birth date. */
  patient: ResourceText;
  /** The PractitionerRole that is asked, with an identifier of practitioner or organization. */
  practitionerRole: ResourceText;
  /** Who asks. */
  payer: Identifier;
  /** What for. */
  attachTo: "claim" | "preauthorization";
  /** The claim or preauthorization. */
  claim: Identifier;
  /** All by code or all by questionnaire. */
  needed: Needed[];
  /** Where to submit it, such as `https://payer.example/fhir/$submit-attachment`. */
  payerUrl: string;
  /** The day of the service, which a claim needs. */
  serviceDate?: string;
  /** FHIR date or dateTime until which it is expected. */
  due?: string;
  /** Whether it has to be signed. */
  signature?: boolean;
  /** What it will be used for; a wide code needs a second, more precise one. */
  purposeOfUse?: Coding[];
  /** Whether several submissions may answer. */
  multipleSubmits?: boolean;
}

/** One payload of a Communication to send: exactly one content. */
export interface PayloadDraft {
  /** Index of the payload of the request that this answers. */
  answers?: number;
  contentString?: string;
  contentAttachment?: Attachment;
  contentReference?: Reference;
}

/** One who is to be asked. */
export interface Recipient {
  /** Key of its server in `servers`. */
  server: string;
  /** Who is to answer, as the Task's owner; `CommunicationRequest.sender` where it is not given. */
  owner?: Reference;
}
export interface RequesterStart {
  request: ResourceText;
  variant: Variant;
  servers: Servers;
  guide?: Guide | undefined;
  cadence?: Cadence | undefined;
  /** Seconds for which it is looked at once an hour after its end; a day where not given, 0 for not at all. */
  grace?: number | undefined;
  calendar?: Calendar | undefined;
  /** Who is asked; the one on the server `partner` where nobody is named. */
  recipients?: Recipient[] | undefined;
  /** 128 random bits as a UUID. */
  seed: string;
}
/** How a payer takes attachments, as far as it is known. */
export interface PayerPolicy {
  /** Most bytes of one submission. */
  limit?: number | undefined;
  /** Whether the same, submitted twice, counts once there: a call whose answer was lost is then made again. */
  idempotent?: boolean | undefined;
}
export interface ResponderStart {
  /** The Task or actionable CommunicationRequest that arrived. */
  arrived: ResourceText;
  servers: Servers;
  guide?: Guide | undefined;
  cadence?: Cadence | undefined;
  /** Seconds for which it is looked at once an hour after its end; a day where not given, 0 for not at all. */
  grace?: number | undefined;
  calendar?: Calendar | undefined;
  /** Of a request for attachments, how the payer takes them. */
  payer?: PayerPolicy | undefined;
  seed: string;
}
export interface InboxStart {
  servers: Servers;
  cadence?: Cadence | undefined;
  /** Takes only Tasks with this owner, as `Type/id`. */
  owner?: string | undefined;
  guide?: Guide | undefined;
  /** Whether to tell of information, too: Communications, and Tasks that point at one. */
  communications?: boolean | undefined;
  seed: string;
}
export interface InformationRecipientStart {
  /** The Communication, or the Task that points at one, as it stands at the home server. */
  arrived: ResourceText;
  /** `home`, and those from which Communications may be fetched. */
  servers: Servers;
  seed: string;
}
/** How notifications come: over a socket that this side opens, or as POSTs to a relay of the application's. */
export type Channel =
  | { type: "websocket" }
  | {
      type: "rest-hook";
      endpoint: string;
      /** Header lines that come with each notification, by which the relay knows the server. */
      header?: string[] | undefined;
    };
/** What to be told of, and how. */
export interface SubscriptionDraft {
  channel: Channel;
  /** Canonical URL of the topic; that of HRex, on Tasks, where not given. */
  topic?: string | undefined;
  /** Conditions of the topic, all of which have to hold: `{ parameter: "owner", value: "Organization/clinic" }`. */
  filters?: { parameter: string; value: string }[] | undefined;
  /** How much a notification carries; nothing of it is used but which resource it is. */
  content?: "empty" | "id-only" | "full-resource" | undefined;
  /** Seconds after which the server says that it is alive. */
  heartbeat?: number | undefined;
  /** Seconds for which the server tries to deliver. */
  timeout?: number | undefined;
  /** Most events in one notification. */
  maxCount?: number | undefined;
  /** When the server may forget it. */
  end?: Instant | undefined;
}
export interface SubscriberStart {
  servers: Servers;
  /** Key of the server that is watched. */
  server: string;
  subscription: SubscriptionDraft;
  /** Subscribes even where the server does not say that it has the topic. */
  unadvertised?: boolean | undefined;
  seed: string;
}
export type Start =
  | ({ actor: "requester" } & RequesterStart)
  | ({ actor: "responder" } & ResponderStart)
  | ({ actor: "inbox" } & InboxStart)
  | ({ actor: "information-recipient" } & InformationRecipientStart)
  | ({ actor: "subscriber" } & SubscriberStart);

export interface HttpRequest {
  /** Key of the server; its credential goes there and nowhere else. */
  server: string;
  method: "GET" | "POST" | "PUT";
  /** Relative to the server's base, never absolute. */
  url: string;
  headers: Record<string, string>;
  body?: string;
}
export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What to send for several requests, or for one. */
export interface Batch {
  request: HttpRequest;
  /** The requests it stands for, by their place. */
  members: number[];
  /** What is asked for and how. */
  kind: string;
}
/** What the answer to a batch so far means: this page is to be had, too, or what each member is answered. */
export type Unbatched = { more: HttpRequest } | { answers: (HttpResponse | null)[] };

/** What a user can decide. */
export type Act =
  | { act: "look" }
  | { act: "retry" }
  | { act: "give-up" }
  | { act: "untrack" }
  | { act: "acknowledge"; arrived: string }
  | { act: "cancel"; reason: CodeableConcept }
  | { act: "close" }
  | { act: "fetched"; reference: string }
  | { act: "waive"; reference: string }
  | { act: "submitted"; parameters: ResourceText }
  | { act: "accept" }
  | { act: "reject"; reason: CodeableConcept }
  | { act: "start" }
  | { act: "hold"; reason?: CodeableConcept | undefined }
  | { act: "resume" }
  | { act: "progress"; text: string }
  | {
      act: "respond";
      payloads: PayloadDraft[];
      note?: string | undefined;
      delivery?: Delivery | undefined;
    }
  | { act: "complete" }
  | { act: "fail"; reason: CodeableConcept };

/** What happened. */
export type Input =
  | { input: "received"; id: number; response: HttpResponse }
  | { input: "failed"; id: number }
  | { input: "woke" }
  | { input: "notified"; about?: About | undefined }
  | { input: "watched"; base: string; until?: Instant | undefined }
  | { input: "notification"; bundle: string }
  | { input: "closed" }
  | { input: "restored" }
  | ({ input: "do" } & Act);

export type FaultKind =
  | "network"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "gone"
  | "conflict"
  | "several-matches"
  | "invalid"
  | "too-large"
  | "too-many-requests"
  | "unavailable"
  | "pending"
  | "unreadable"
  | "wrong-resource"
  | "unexpected";
export interface OutcomeIssue {
  severity: "fatal" | "error" | "warning" | "information";
  code: string;
  details?: string;
  diagnostics?: string;
  expression?: string[];
  /** The rule that was broken, as its sender calls it. */
  rule?: string;
  /** Where in the text of the resource. */
  position?: { line: number; column: number };
}
/** What went wrong with one request. `issues` are the server's words and may quote a patient's data. */
export interface Fault {
  kind: FaultKind;
  status?: number;
  issues?: OutcomeIssue[];
  retryAfter?: number;
  detail?: string;
}

/** `Task.status`. */
export type TaskStatus =
  | "draft"
  | "requested"
  | "received"
  | "accepted"
  | "rejected"
  | "ready"
  | "cancelled"
  | "in-progress"
  | "on-hold"
  | "failed"
  | "completed"
  | "entered-in-error";

/** What has become of a request. */
export type State =
  | "drafting"
  | "sending"
  | "sent"
  | "acknowledged"
  | "accepted"
  | "working"
  | "paused"
  | "partially-answered"
  | "answered"
  | "answered-empty"
  | "declined"
  | "failed"
  | "cancelled";
export interface Item {
  asked: Asked;
  state: "missing" | "partial" | "received";
  /** Which Communications answer it, by order of arrival. */
  answeredBy: number[];
  /** Which recipients have answered it, by their place in `recipients`. */
  recipients: number[];
}
/**
 * How the answer stands to its time: `early` before anybody is expected to act, `soon` near the end; `moot` where
 * nothing is expected any more.
 */
export type Timeliness = "early" | "pending" | "soon" | "overdue" | "in-time" | "late" | "moot";
/** The time within which an answer is expected; computed, never written into a resource. */
export interface Due {
  /** The end as it is written, a FHIR date or dateTime. */
  written: string;
  /** The first moment, where one is given. */
  from?: Instant;
  /** The last moment. */
  until: Instant;
  timeliness: Timeliness;
}
export interface Solicitation {
  /** Of several recipients that of the one furthest behind, and final once all are. */
  state: State;
  /** Why it is so, for a person to read. */
  why: string;
  /** The recipient's progress in its own words. */
  progress?: string;
  /** The reason given for the status. */
  reason?: string;
  ledger: { items: Item[]; unexpected: number[] };
  /** What has become of it at each of those who are asked, in the order in which they were named. */
  recipients: RecipientState[];
  /** The time within which an answer is expected. */
  due?: Due;
  /** A server no longer shows what it held. */
  lost: boolean;
  /** Both sides have changed the same resource and nobody has decided yet. */
  conflict: boolean;
}
/** What has become of a request at one of those who are asked. */
export interface RecipientState {
  /** Key of the server on which this one is asked. */
  server: string;
  owner?: Reference;
  state: State;
  /** Why it is so, for a person to read. */
  why: string;
  /** Its progress in its own words. */
  progress?: string;
  /** The reason that it gave. */
  reason?: string;
  /** Its server no longer shows what it held. */
  lost: boolean;
  /** Its Task was moved back from a status that is final: it is looked at, not written to. */
  reopened?: boolean;
}

/**
 * How a subscription is. Where it is `unavailable` or `ended`, exchanges go on polling; `recovering`, it has told
 * nothing for a while, and what was missed is fetched before it is asked to go on.
 */
export type Phase =
  | "discovering"
  | "unavailable"
  | "creating"
  | "requested"
  | "active"
  | "recovering"
  | "ended";
/** How far a subscription can be relied on. */
export interface Watching {
  /** Base URL of the server that is watched. */
  base: string;
  phase: Phase;
  /** Until when whoever knows it to be well may look less often; absent while it is not. */
  until?: Instant;
}
/** How far an information recipient is with what has arrived. */
export interface Receipt {
  /**
   * In the codes of a Task, with a Task or without: `requested` until somebody decides, `completed` once everything
   * is in hand.
   */
  status: TaskStatus;
  /** Whether somebody has asked for it; known once the Communication is in hand. */
  solicited?: boolean;
  /** What it refers to and could not be had. */
  lacking?: string[];
  /** Why the Communication itself could not be had. */
  fault?: Fault;
}
/** What there may be news of: anything, or these resources by absolute URL. */
export type About = "everything" | { only: string[] };

/** News for the user. */
export type Update =
  | { update: "state"; solicitation: Solicitation }
  /**
   * Begin a responder with this seed, or of information an information recipient, and two tabs or machines that do
   * alike do it once.
   */
  | { update: "arrived"; brings: "request" | "information"; resource: ResourceText; seed: string }
  | { update: "fault"; doing: string; fault: Fault; stalled: boolean }
  | { update: "news"; about: About }
  | { update: "subscription"; watching: Watching }
  | { update: "receipt"; receipt: Receipt }
  | { update: "notice"; text: string };

/** What to do next. */
export type Effect =
  | { effect: "save" }
  /** `again`: a passing fault has met it before, and it may be made to wait. */
  | { effect: "send"; id: number; request: HttpRequest; again?: boolean }
  /** `from` is when it may be woken as well, so that several can look together. */
  | { effect: "wake-at"; at: Instant; from?: Instant }
  | { effect: "connect"; url: string; message: string }
  | { effect: "disconnect" }
  | { effect: "report"; update: Update };

/**
 * The state of a machine: plain data to store and give back. Its inside is not part of the contract, but for the
 * version of its shape, by which later versions of this library know how to read it.
 */
export type Machine = {
  actor: "requester" | "responder" | "inbox" | "information-recipient" | "subscriber";
  version?: number;
};

/** A machine that was saved, and what the application calls it: no patient's data, for it appears in errors. */
export interface Saved {
  id: string;
  state: Machine;
}
/** What was saved of all machines of an application: plain data. **Contains patient data.** */
export interface Snapshot {
  format: "fhir-solicit";
  version: number;
  /** Also what this version of the library cannot read, as it came. */
  saved: unknown[];
}
/** What was saved, in the shape of this version. */
export interface Restored {
  saved: Saved[];
  aside: Aside[];
}
/** An entry of a snapshot that could not be restored. Give it to `snapshot` again, so that it is not lost. */
export interface Aside {
  /** What the application calls it, where that can be read. */
  id?: string;
  why: "newer" | "unknown-kind" | "damaged";
  /** The same in words, and what to do. */
  message: string;
  /** The entry as it came, as JSON. */
  entry: string;
}

export interface Step {
  state: Machine;
  effects: Effect[];
}

/** What a Communication refers to. */
export interface Content {
  reference: string;
  document?: ResourceText;
  unlocated?: "unknown-server" | "not-restful" | "unsafe";
  fault?: Fault;
  /** The application has fetched it by itself, or does without it. */
  taken?: "fetched" | "waived";
}
/** One who is asked, and what asks there: a Task, or without one a copy of the request. */
export interface AskedRecipient {
  /** Key of its server. */
  server: string;
  owner?: Reference;
  /** Where the Task or the copy is on that server, once it is, and its version there. */
  url?: string;
  version?: string;
  /** When the server had confirmed it, by this side's clock. */
  sent?: Instant;
  /** The Task as it was last seen. */
  task?: ResourceText;
}
export interface Received {
  document: ResourceText;
  /** Which recipient gave it, by its place in `recipients`; of a requester, where that is known. */
  by?: number;
  /** Key of the server it was read from; none of what this side has sent. */
  from?: string;
  contents?: Content[];
  /** It came after everything had come to its end. */
  late?: boolean;
}
/** What an application may show of a machine. */
export interface View {
  /** The servers of the machine. */
  servers: Servers;
  /** The rules that it follows. */
  guide: Guide;
  solicitation?: Solicitation;
  request?: ResourceText;
  requestFault?: Fault;
  /** Of several recipients that of the first. */
  task?: ResourceText;
  /** Those whom a requester asks, in the order in which they were named. */
  recipients?: AskedRecipient[];
  /** How far a responder's answer is, or an information recipient, in the codes of a Task, with a Task or without. */
  status?: TaskStatus;
  communications: Received[];
  /** How far it is with what has arrived; of an information recipient alone. */
  receipt?: Receipt;
  /** How far a subscription can be relied on; of a subscriber alone. */
  watching?: Watching;
  /** Nothing is left to do: an application may let go of it. */
  finished: boolean;
  /** Until when it is looked at after that: a document may come late, a Task be opened again. */
  watchedUntil?: string;
}

/** An exchange in the words of another guide. */
export interface Translation {
  /** The Task first, then the CommunicationRequest where it stands on its own. */
  resources: ResourceText[];
  /** What the resources do not say any more. */
  lost: Lost[];
}
/** Something that one guide says and the other cannot. */
export interface Lost {
  /** The element in the resource given, as FHIRPath. */
  path: string;
  /** Why, in words without content. */
  reason: string;
}

/** One thing that is not as it should be. */
export interface Issue {
  severity: "fatal" | "error" | "warning" | "information";
  /** FHIR issue-type. */
  code: string;
  /** The rule it breaks. */
  rule: string;
  /** The element as FHIRPath. */
  expression: string;
  /** The element as JSON Pointer. */
  pointer: string;
  /** From 1. */
  line: number;
  /** In Unicode characters, from 1. */
  column: number;
  /** What was found and what was expected; never a value, unless asked for. */
  message: string;
}
/** What was not decided. */
export interface Unchecked {
  kind:
    | "resource-type"
    | "binding"
    | "constraint"
    | "extension"
    | "profile"
    | "questionnaire"
    | "search-parameter";
  name?: string;
  count: number;
}
/** What a validation found, in the order of the document. */
export interface Report {
  resourceType?: string;
  issues: Issue[];
  /** How many more were found than are listed. */
  omitted: number;
  /** Fatal ones included; none of them, and the resource is valid. */
  errors: number;
  warnings: number;
  unchecked: Unchecked[];
}

/** What a profile demands of one element. */
export interface ElementExplanation {
  /** Its path with the names of slices, as in an ElementDefinition's id: `Task.input:query.value[x]`. */
  element: string;
  /** One demand each. */
  demands: string[];
}

/** What a profile demands. */
export interface Explanation {
  /** The canonical URL of the profile. */
  profile: string;
  version?: string;
  /** The type it constrains. */
  type: string;
  /** The profile it derives from, all of whose demands are among these. */
  base?: string;
  /** Element by element, in the order of the definition. */
  elements: ElementExplanation[];
}

/** How far contents are followed; what is beyond is withheld, and why. */
export interface ContentLimits {
  /** Of one content: 64 MiB. */
  mostBytes: number;
  /** Of all together: 256 MiB. */
  mostBytesInAll: number;
  /** Resources among them: 200. */
  mostContents: number;
  /** From the resource to a content: 6. A Binary of a DocumentReference of a Communication is two away. */
  mostSteps: number;
  /** Fetches at a time: 4. */
  parallel: number;
  /** Whether to fetch, without any credential, what a URL names on a server that is not registered: no. */
  elsewhere: boolean;
  /** Whether what the resource refers to is signed, and so asked for by search: no. */
  signed: boolean;
}
/** What the first bytes of a content look like. */
export type Sniffed =
  | "json"
  | "xml"
  | "clinical-document"
  | "html"
  | "pdf"
  | "image"
  | "rtf"
  | "zip"
  | "text"
  | "binary";
/** What was found of bytes. */
export interface Measured {
  size: number;
  /** The first of them, up to 1,024, one character each. */
  head: string;
  /** Base64. */
  sha1?: string;
  /** The media type in the header of the answer. */
  served?: string;
}
/** Something that was said of bytes and is not so. */
export type Finding =
  | { finding: "size"; claimed: number; found: number }
  /** Their SHA-1 is not what `hash` says. */
  | { finding: "hash" }
  | { finding: "hash-unchecked" }
  /** Bytes in a resource need a `contentType`. */
  | { finding: "unlabelled" }
  | { finding: "label"; label: string; found: Sniffed }
  /** The server labels them otherwise than the resource does. */
  | { finding: "served"; label: string; served: string };
/** Why a content is withheld. */
export type Withheld =
  | { why: "unlocated"; unlocated: "unknown-server" | "not-restful" | "unsafe" }
  | { why: "fault"; fault: Fault }
  | { why: "too-large"; most: number }
  | { why: "too-many" | "too-deep" | "repeated" | "not-base64" | "missing" };
/** A content, its bytes aside. */
export interface Resolved {
  /** How it was come upon: elements as FHIRPath, from the outermost resource on. */
  trail: string[];
  /** The reference or URL as it stands, where it is one. */
  via?: string;
  /** The words, where it is words. */
  text?: string;
  /** The resource, where it is one. */
  resource?: ResourceText;
  /** Whether that is a Bundle with a signature. */
  signed: boolean;
  /** What bytes are said to be. */
  contentType?: string;
  /** What bytes look like. */
  sniffed?: Sniffed;
  /** How many bytes there are. */
  size?: number;
  title?: string;
  /** What was said of it and is not so: show it beside the content. */
  findings: Finding[];
}
/** The state of a resolver: plain data. Its inside is not part of the contract. */
export type Resolver = { lastId: number };
export type ContentInput =
  | { input: "received"; id: number; response: HttpResponse }
  | { input: "bytes"; id: number; measured: Measured }
  | { input: "failed"; id: number; why: "network" | "too-large" | "not-base64" };
export type ContentEffect =
  | { effect: "fetch"; id: number; trail: string[]; via?: string; request: HttpRequest; most: number }
  | { effect: "load"; id: number; trail: string[]; request: HttpRequest; most: number; hash: boolean }
  | { effect: "load-elsewhere"; id: number; trail: string[]; url: string; most: number; hash: boolean }
  | { effect: "decode"; id: number; trail: string[]; data: string; most: number; hash: boolean }
  | { effect: "unwrap"; id: number }
  | { effect: "give"; id?: number; content: Resolved }
  | { effect: "withhold"; trail: string[]; via?: string; reason: Withheld };
export type ContentStep = [state: Resolver, effects: ContentEffect[]];
