/**
 * The contract from both sides. That everything Rust gives and takes fits the types of `js/src/contract.ts` is
 * said by `satisfies` in the golden file; that the types name nothing Rust does not know is said here. There is
 * nothing to run: this compiles or it does not.
 */
import type {
  Act,
  Asked,
  Cadence,
  Delivery,
  Effect,
  FaultKind,
  GuideName,
  Input,
  Item,
  OutcomeIssue,
  Phase,
  RefusalKind,
  Start,
  State,
  TaskStatus,
  Update,
  Variant,
} from "fhir-solicit";
import type * as golden from "./golden/contract.js";

/** The elements of a golden array. */
type Of<A extends unknown[]> = A[number];
/** The value of a member in those alternatives that have it. */
type Member<T, K extends string> = T extends Record<K, infer V> ? V : never;
/** Compiles only where every name in `Declared` is among those that were `Written`. */
type Complete<Declared extends Written, Written> = Declared;

type Inputs = Of<typeof golden.inputs>;
type Starts = Of<typeof golden.starts>;
type Requested = Of<Member<Of<typeof golden.solicitations>, "ledger">["items"]>;
type AskedNames<A> = A extends string ? A : A extends unknown ? keyof A : never;

export type Checks = [
  Complete<Start["actor"], Starts["actor"]>,
  Complete<Cadence["cadence"], Member<Member<Starts, "cadence">, "cadence">>,
  Complete<GuideName, Member<Starts, "guide">>,
  Complete<Input["input"], Inputs["input"]>,
  Complete<Act["act"], Member<Inputs, "act">>,
  Complete<Delivery, Member<Inputs, "delivery">>,
  Complete<TaskStatus, Of<typeof golden.taskStatuses>>,
  Complete<Variant, Of<typeof golden.variants>>,
  Complete<FaultKind, Of<typeof golden.faultKinds>>,
  Complete<OutcomeIssue["severity"], Of<Member<Of<typeof golden.faults>, "issues">>["severity"]>,
  Complete<State, Of<typeof golden.states>>,
  Complete<Item["state"], Requested["state"]>,
  Complete<AskedNames<Asked>, AskedNames<Requested["asked"]>>,
  Complete<Update["update"], Of<typeof golden.updates>["update"]>,
  Complete<Effect["effect"], Of<typeof golden.effects>["effect"]>,
  Complete<Phase, Of<typeof golden.phases>>,
  Complete<RefusalKind, Of<typeof golden.refusalKinds>>,
];
