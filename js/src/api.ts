/** What both entries export beside their loader. */
export type { Exchange, Reason, ReadOptions } from "./actor.js";
export type { CalendarOptions } from "./calendar.js";
export type { Clock } from "./clock.js";
export type { ContentNews, ContentOptions, FollowOptions, ResolvedContent } from "./content/resolve.js";
export type * from "./contract.js";
export type { DriveOptions, News, Trouble } from "./drive.js";
export { type RefusalKind, SolicitError, type SolicitErrorKind } from "./error.js";
export { Governor } from "./governor.js";
export type { Inbox, InboxOptions } from "./inbox.js";
export type { InformationRecipient, InformationRecipientOptions } from "./information-recipient.js";
export { LoadError, type LoadFault } from "./load.js";
export type { Requester, RequesterOptions } from "./requester.js";
export { type AuditEntry, type AuditOptions, auditEvent } from "./security/audit.js";
export { type LaunchOptions, launchedFor } from "./security/launch.js";
export {
  type Credentials,
  type MedplumLike,
  medplumCredentials,
  noCredentials,
  type SmartClient,
  smartCredentials,
  staticCredentials,
} from "./security/credentials.js";
export {
  type Ability,
  abilities,
  type GrantedAbility,
  lintScopes,
  type ScopeContext,
  type ScopeIssue,
  type ScopeOptions,
  type ScopeRole,
  type ScopeWay,
  scopes,
} from "./security/scopes.js";
export {
  bytesToSign,
  canonicalJson,
  requiresSignature,
  type Signature,
  signatureOf,
} from "./security/signature.js";
export type { Resource } from "./resource.js";
export type { Responder, ResponderOptions, RespondOptions } from "./responder.js";
export { memoryStore, type Store } from "./snapshot.js";
export { Sockets, type SocketsOptions, type WebSocketConstructor, type WebSocketLike } from "./sockets.js";
export type { Subscriber, SubscriberOptions } from "./subscriber.js";
export type { Actors, AttachmentOptions, Exchanged, RestoredActors, Solicit } from "./solicit.js";
export type { ValidateOptions, Validator } from "./validator.js";
export { type FetchOptions, fetchTransport, type Traffic, type Transport } from "./transport.js";
