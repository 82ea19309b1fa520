/** Checking: what the whole module and the validator's own have in common. */
import { read } from "#load";
import type { Explanation, Report, ResourceText } from "./contract.js";
import { SolicitError } from "./error.js";
import { Packs } from "./packs.js";
import { reportOf } from "./report.js";
import { type Resource, text } from "./resource.js";

/** What to report of a resource. */
export interface ValidateOptions {
  /** Most issues to describe, 100 where not given; what is found beyond is counted. */
  maxIssues?: number;
  /** Whether messages may quote the values they speak of, which may be a patient's data. */
  showValues?: boolean;
  /** Profiles by canonical URL that the resource has to keep, beside those it claims in `meta.profile`. */
  profiles?: string[];
  /** Whether to note which elements are missing that a profile asks to support. */
  mustSupport?: boolean;
}

/** What can be told of resources and profiles. */
export interface Validator {
  /** The version of the package, to be reported with a fault. */
  version(): string;

  /**
   * Loads a compiled set of definitions for `validate`; loading it again changes nothing. The package brings
   * `fhir-solicit/packs/r4.pack`, all of R4; without it the types of the exchange are checked in full, and others
   * are listed as `unchecked`. Resolves to what the pack is called. Bytes are loaded before this returns.
   *
   * @example
   * await solicit.loadPack(new URL(import.meta.resolve("fhir-solicit/packs/r4.pack")));
   * @throws {SolicitError} of kind `pack` where there is no pack, or one of another release
   */
  loadPack(source: URL | Response | Uint8Array): Promise<string>;

  /**
   * Checks a resource against base FHIR R4, the profiles it claims and those asked for, as far as packs with them
   * are loaded: here and now, nothing leaves the page. Bytes, as `fetch` gives them, are the fast way in. It is
   * valid where the report has no `errors`; what could not be decided is in `unchecked`. Never throws for what is
   * wrong with the resource, not even where it is no JSON.
   *
   * @example
   * const response = await fetch(url);
   * const report = solicit.validate(new Uint8Array(await response.arrayBuffer()));
   * for (const { line, column, message } of report.issues) console.log(`${line}:${column} ${message}`);
   */
  validate(resource: Resource, options?: ValidateOptions): Report;

  /**
   * As `validate`, said as a server's `$validate` answers: an OperationOutcome, with line and column in HL7's
   * extensions. What could not be decided is an issue of severity `information`.
   */
  outcome(resource: Resource, options?: ValidateOptions): ResourceText;

  /**
   * What a profile demands, in words a developer can act on: of all its elements, or of one and what is below it.
   * `undefined` where no loaded pack has the profile; no elements where its type has no such element.
   *
   * @param element a path as reports and definitions write it: `Task.input:query.value[x]`, `status`
   * @example
   * for (const { element, demands } of solicit.explain(url)?.elements ?? []) console.log(element, demands.join("; "));
   */
  explain(profile: string, element?: string): Explanation | undefined;
}

/** What both modules export to check with. */
type Exports = Pick<
  typeof import("./fhir_validator.js"),
  "version" | "loadPack" | "validate" | "outcome" | "explain"
>;

/** A module that checks. */
export interface Checking {
  validator: Validator;
  /**
   * Makes what an export throws a `SolicitError`.
   *
   * @throws {SolicitError}
   */
  checked<T>(call: () => T): T;
}

const encoder = /* @__PURE__ */ new TextEncoder();

/** @param wasm the exports of a module, which need not be loaded yet */
export function checking(wasm: Exports): Checking {
  const packs = new Packs((pack) => checked(() => wasm.loadPack(pack)));
  function checked<T>(call: () => T): T {
    try {
      return call();
    } catch (thrown) {
      // A refusal is plain data; an Error is a panic, after which the module starts afresh.
      if (thrown instanceof Error) packs.lose();
      throw SolicitError.from(thrown);
    }
  }
  function check(
    by: Exports["validate"],
    resource: Resource,
    { maxIssues, showValues, profiles, mustSupport }: ValidateOptions = {},
  ): string {
    packs.restore();
    return checked(() => by(encoded(resource), maxIssues, showValues, profiles, mustSupport));
  }
  const validator: Validator = {
    version: () => checked(wasm.version),
    async loadPack(source) {
      return packs.add(source instanceof Uint8Array ? source : await bytes(source));
    },
    validate: (resource, options) => reportOf(check(wasm.validate, resource, options)),
    outcome: (resource, options) => check(wasm.outcome, resource, options),
    explain(profile, element) {
      packs.restore();
      return checked(() => wasm.explain(profile, element));
    },
  };
  return { validator, checked };
}

function encoded(resource: Resource): Uint8Array {
  return resource instanceof Uint8Array ? resource : encoder.encode(text(resource));
}

async function bytes(source: URL | Response): Promise<Uint8Array> {
  let name = "the pack";
  try {
    const given = source instanceof URL ? await read(source) : source;
    if (given instanceof Uint8Array) return given;
    name = given.url || name;
    if (!given.ok) throw new Error(`status ${given.status}`);
    return new Uint8Array(await given.arrayBuffer());
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new SolicitError("pack", `Could not load ${name}: ${text}`, cause);
  }
}
