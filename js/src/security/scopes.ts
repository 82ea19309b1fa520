/** Which SMART scopes an exchange needs, and what a token that was granted allows (R93). */

/** The sides. */
export type ScopeRole = "requester" | "responder" | "information-recipient";
/** How it is asked: with or without Task as in the 2019 guide, or by data request. */
export type ScopeWay = "without-task" | "with-task" | "data-request";
/** Whose records a scope is about. */
export type ScopeContext = "patient" | "user" | "system";

/** What is to be done, and so what has to be allowed. */
export interface ScopeOptions {
  role: ScopeRole;
  way: ScopeWay;
  /** A requester that takes back what it has asked; true where not given. */
  cancel?: boolean;
  /** A data request that names a CommunicationRequest as its authorization. */
  authorization?: boolean;
  /** Subscriptions at the server where news arises. */
  subscriptions?: boolean;
  /** Types of what answers refer to, to be read at the partner's; those of documents where not given. */
  contents?: readonly string[];
  /** In place of the contexts `patient` at home and `user` at the partner's. */
  context?: { home?: ScopeContext; partner?: ScopeContext };
  /** Adds what a sign-in needs: an EHR launch, or choosing a patient without one. */
  launch?: "ehr" | "standalone";
  /** Adds a refresh token, while the user is there or beyond. A request is open for days. */
  refresh?: "online" | "offline";
  /** SMART version; 2 where not given. In version 1 a scope allows more than is needed. */
  version?: 1 | 2;
}

/** One thing that a side does at a server. */
export interface Ability {
  server: "home" | "partner";
  /** What for, in words. */
  ability: string;
  resourceType: string;
  /** The letters of SMART version 2: create, read, update, delete, search. */
  needs: string;
}

type Row = [
  role: ScopeRole,
  ways: ScopeWay[],
  server: "home" | "partner",
  type: string,
  needs: string,
  ability: string,
  when?: (options: ScopeOptions) => boolean,
];

const A = "without-task";
const B = "with-task";
const D = "data-request";
const DOCUMENTS = ["DocumentReference", "Binary", "Bundle", "QuestionnaireResponse"];
const cancels = ({ cancel = true }: ScopeOptions) => cancel;

/** What the machines ask of each server. */
const ROWS: Row[] = [
  ["requester", [A], "partner", "CommunicationRequest", "crs", "ask"],
  ["requester", [A], "partner", "CommunicationRequest", "u", "take the request back", cancels],
  ["requester", [B, D], "home", "CommunicationRequest", "crus", "keep the request, and close it"],
  ["requester", [B, D], "partner", "Task", "crs", "ask, and see what becomes of it"],
  ["requester", [B, D], "partner", "Task", "u", "take the request back", cancels],
  ["requester", [B], "partner", "Communication", "r", "read answers at the partner's"],
  ["requester", [A, B], "home", "Communication", "rs", "find answers that were sent home"],
  ["requester", [A, B], "home", "Task", "rs", "find Tasks that point at answers"],
  ["responder", [A], "home", "CommunicationRequest", "rs", "see what arrives"],
  ["responder", [B, D], "home", "Task", "rus", "see what arrives, and say what becomes of it"],
  ["responder", [A, B, D], "home", "CommunicationRequest", "rs", "see what arrives"],
  ["responder", [B], "partner", "CommunicationRequest", "r", "read what is asked"],
  ["responder", [B], "home", "Communication", "crs", "answer at home"],
  ["responder", [A, B], "partner", "Communication", "crs", "send an answer"],
  ["responder", [A, B], "partner", "Task", "crs", "point at an answer that stays at home"],
  ["responder", [A], "home", "Communication", "crs", "keep an answer at home"],
  ["responder", [D], "home", "DocumentReference", "crs", "store what is returned"],
  ["information-recipient", [A, B], "home", "Communication", "rs", "see what arrives"],
  ["information-recipient", [A, B], "home", "CommunicationRequest", "rs", "see what arrives"],
  [
    "information-recipient",
    [A, B],
    "home",
    "Task",
    "rus",
    "see what tells of it, and say what becomes of it",
  ],
  ["information-recipient", [A, B], "partner", "Communication", "r", "fetch what a Task points at"],
];

const ORDER = "cruds";

/** The letters in their order, each once. */
function ordered(letters: string): string {
  return [...ORDER].filter((letter) => letters.includes(letter)).join("");
}

/** Everything that a side does, one row for each purpose. */
export function needed(options: ScopeOptions): Ability[] {
  const { role, way, subscriptions, contents = DOCUMENTS } = options;
  const rows = ROWS.filter(
    ([of, ways, , , , , when]) => of === role && ways.includes(way) && (when?.(options) ?? true),
  );
  const abilities = rows.map(([, , server, resourceType, needs, ability]) => ({
    server,
    ability,
    resourceType,
    needs,
  }));
  const news = role === "requester" && way !== A ? "partner" : "home";
  if (subscriptions)
    abilities.push({
      server: news,
      ability: "be told of news",
      resourceType: "Subscription",
      needs: "cruds",
    });
  if (role !== "responder") {
    for (const resourceType of contents)
      abilities.push({ server: "partner", ability: "read contents", resourceType, needs: "rs" });
  }
  return abilities;
}

/**
 * The least scopes to ask each server for. SMART version 1 knows `read` and `write` alone.
 *
 * @example
 * const { home, partner } = scopes({ role: "requester", way: "with-task", launch: "ehr", refresh: "online" });
 */
export function scopes(options: ScopeOptions): { home: string; partner: string } {
  const { context = {}, launch, refresh, version = 2 } = options;
  const extra = [
    ...(launch ? ["openid", "fhirUser", launch === "ehr" ? "launch" : "launch/patient"] : []),
    ...(refresh ? [`${refresh}_access`] : []),
  ];
  const of = (server: "home" | "partner", usual: ScopeContext) => {
    const letters = new Map<string, string>();
    for (const one of needed(options).filter((one) => one.server === server))
      letters.set(one.resourceType, ordered((letters.get(one.resourceType) ?? "") + one.needs));
    const list = [...letters].flatMap(([type, needs]) => {
      // No patient's record holds a Subscription.
      const whose =
        type === "Subscription" && (context[server] ?? usual) === "patient"
          ? "user"
          : (context[server] ?? usual);
      const suffixes =
        version === 2
          ? [needs]
          : [...(/[rs]/.test(needs) ? ["read"] : []), ...(/[cud]/.test(needs) ? ["write"] : [])];
      return suffixes.map((suffix) => `${whose}/${type}.${suffix}`);
    });
    return list.length === 0 ? "" : [...extra, ...list].join(" ");
  };
  return { home: of("home", "patient"), partner: of("partner", "user") };
}

const SCOPE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]*)\.([a-z]+|\*)(\?.*)?$/;
const VERSION_1: Record<string, string> = { read: "rs", write: "cud", "*": ORDER };

/** What one scope allows; `undefined` for what is no scope of a resource. */
function parse(scope: string) {
  const [, context = "", resourceType = "", suffix = "", only] = SCOPE.exec(scope) ?? [];
  if (!context) return undefined;
  const letters = Object.hasOwn(VERSION_1, suffix) ? (VERSION_1[suffix] ?? "") : suffix;
  return { context, resourceType, suffix, letters, limited: only !== undefined };
}

/** What is wrong with a scope, and what was probably meant. */
export interface ScopeIssue {
  scope: string;
  message: string;
  instead?: string;
}

/**
 * Looks scopes over: letters that SMART does not know, or in another order than `cruds`, and everything at once.
 *
 * @example
 * lintScopes("user/Task.rsu"); // [{ scope: "user/Task.rsu", message: …, instead: "user/Task.rus" }]
 */
export function lintScopes(list: string): ScopeIssue[] {
  return list
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((scope): ScopeIssue[] => {
      if (!scope.includes("/") || scope.startsWith("launch/")) return [];
      const found = parse(scope);
      if (!found)
        return [
          {
            scope,
            message: "a scope is patient, user or system, a slash, a type, a dot, and what is allowed",
          },
        ];
      const { suffix, letters, resourceType, context } = found;
      const unknown = [...letters].filter((letter) => !ORDER.includes(letter));
      if (unknown.length > 0)
        return [
          {
            scope,
            message: `what is allowed is letters of cruds, or read, write or *; not ${unknown.join("")}`,
          },
        ];
      const right = ordered(letters);
      if (!Object.hasOwn(VERSION_1, suffix) && letters !== right) {
        return [
          {
            scope,
            message: "each letter stands once, in the order of cruds",
            instead: scope.replace(`.${suffix}`, `.${right}`),
          },
        ];
      }
      if (resourceType === "*") return [{ scope, message: "it allows every type; an exchange needs few" }];
      if (resourceType === "Subscription" && context === "patient")
        return [
          {
            scope,
            message: "no patient's record holds a Subscription",
            instead: scope.replace("patient/", "user/"),
          },
        ];
      return [];
    });
}

/** Whether something may be done. */
export interface GrantedAbility extends Ability {
  granted: boolean;
  /** The letters that are missing. */
  missing: string;
  /** Whether it is granted for some resources only, by a scope with a query. */
  limited: boolean;
}

/**
 * What the scopes that were granted, which need not be those asked for, allow: what is not `granted` is to be
 * switched off in an application before a server refuses it.
 *
 * @param granted the `scope` of the answer with the token
 */
export function abilities(
  granted: { home?: string; partner?: string },
  options: ScopeOptions,
): GrantedAbility[] {
  return needed(options).map((one) => {
    const list = (granted[one.server] ?? "").split(/\s+/).map(parse);
    const fits = list.filter((it) => it && (it.resourceType === "*" || it.resourceType === one.resourceType));
    const letters = (limited: boolean) =>
      fits
        .filter((it) => limited || !it?.limited)
        .map((it) => it?.letters ?? "")
        .join("");
    const missing = (has: string) => [...one.needs].filter((letter) => !has.includes(letter)).join("");
    const lacks = missing(letters(true));
    return {
      ...one,
      granted: lacks === "",
      missing: lacks,
      limited: lacks === "" && missing(letters(false)) !== "",
    };
  });
}
