/** One error for everything that is refused or goes wrong on this side. */
import type { Report } from "./contract.js";

/** Why a machine does not do what it is told: the kinds of Rust's `Refusal`. Its state is then as before. */
export type RefusalKind =
  | "wrong-resource"
  | "guide"
  | "draft"
  | "missing-server"
  | "server"
  | "subscription"
  | "missing-owner"
  | "not-sendable"
  | "invalid"
  | "edit"
  | "reason-required"
  | "output-required"
  | "payload-required"
  | "no-such-item"
  | "status"
  | "attachments"
  | "submission"
  | "not-now"
  | "other-side";

/**
 * What kind of error it is, and so who can mend it:
 *
 * - a {@link RefusalKind}: whoever acts, as `message` says;
 * - `argument`: the program, which gave something of another form than the types declare;
 * - `pack`: whoever deployed the page, what is no pack of this release stands where a pack should be;
 * - `translation`: whoever asked for one, the other guide cannot say any of it, or not all resources were given;
 * - `launch`: whoever runs the EHR, what a launch is about could not be read;
 * - `snapshot`: whoever deployed the page, or keeps the store, what was saved is damaged, or of a later version;
 * - `save`: the application's store; nothing was sent, and trying again is safe;
 * - `stopped`: nobody, the machine was stopped; resume it from what was saved;
 * - `internal`: we; `message` says where and is safe to report.
 */
export type SolicitErrorKind =
  | RefusalKind
  | "argument"
  | "pack"
  | "translation"
  | "launch"
  | "snapshot"
  | "save"
  | "stopped"
  | "internal";

/**
 * Thrown, or what a promise rejects with. `message` says what to do and never quotes a resource.
 *
 * @example
 * try {
 *   await answering.reject("");
 * } catch (error) {
 *   if (error instanceof SolicitError && error.kind === "reason-required") askForAReason();
 *   else throw error;
 * }
 */
export class SolicitError extends Error {
  override readonly name = "SolicitError";
  constructor(
    readonly kind: SolicitErrorKind,
    message: string,
    cause?: unknown,
    /** Of kind `invalid`: everything that was found. */
    readonly report?: Report,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }

  /** The `SolicitError` that something thrown by the wasm module stands for: plain data, or a panic's `Error`. */
  static from(thrown: unknown): SolicitError {
    if (thrown instanceof SolicitError) return thrown;
    if (thrown instanceof Error) return new SolicitError("internal", thrown.message, thrown);
    const { kind, message, report } = thrown as { kind: SolicitErrorKind; message: string; report?: Report };
    return new SolicitError(kind, message, undefined, report);
  }
}
