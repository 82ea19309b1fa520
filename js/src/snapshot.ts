/** What an application has saved: of all its machines, by this version or an earlier one. */
import { Actor } from "./actor.js";
import * as core from "./bridge.js";
import type { Aside, Machine, Saved, Snapshot } from "./contract.js";
import { SolicitError } from "./error.js";

/**
 * Where an application keeps what its machines save, one entry for each. What holds for it, whatever it is made of:
 * `save` resolves once the entry will still be there after a crash, and not before; `load` gives every entry as it was
 * saved last; entries do not touch one another, those that this version of the library cannot read least of all.
 *
 * Two that go on with the same entry do nothing twice (R103), but the entry is that of whoever saved last: give each
 * tab a store of its own, or let one of them go on.
 */
export interface Store {
  /** Everything that was saved; `undefined` where nothing was. */
  load(): Snapshot | undefined | Promise<Snapshot | undefined>;
  /** Keeps a state in place of what was kept under this id; `undefined` removes it. */
  save(id: string, state: Machine | undefined): void | Promise<void>;
}

/** A store that lasts as long as the page, for tests, servers, and where a browser grants nothing that lasts. */
export function memoryStore(snapshot?: Snapshot): Store {
  const entries = new Map<string, unknown>();
  // What has no id that can be read is nobody's, and kept.
  for (const [at, entry] of (snapshot?.saved ?? []).entries()) entries.set(idOf(entry) ?? `#${at}`, entry);
  return {
    load: () => (entries.size === 0 ? undefined : structuredClone(enveloped([...entries.values()]))),
    save(id, state) {
      if (state === undefined) entries.delete(id);
      else entries.set(id, structuredClone({ id, state }));
    },
  };
}

/** What is to be saved of machines, by id, with what could not be restored before. */
export function snapshot(machines: Record<string, Actor | Machine>, aside: Aside[] = []): Snapshot {
  const saved = Object.entries(machines).map(([id, machine]) => ({
    id,
    state: machine instanceof Actor ? machine.save() : machine,
  }));
  return enveloped([...saved, ...aside.map(({ entry }) => JSON.parse(entry) as unknown)]);
}

/** A state of any version in the shape of this one. */
export function restored<M extends Machine>(state: M): M {
  const { saved, aside } = core.restore(JSON.stringify(enveloped([{ id: "this state", state }])));
  const [first] = saved as (Saved & { state: M })[];
  if (!first) throw new SolicitError("snapshot", `The state could not be restored: ${aside[0]?.message}.`);
  return first.state;
}

/** Those of these states, of any version, that can be restored. */
export function restorable(states: Iterable<Machine>): Machine[] {
  const entries = Array.from(states, (state) => ({ id: "", state }));
  return core.restore(JSON.stringify(enveloped(entries))).saved.map(({ state }) => state);
}

/** That which can be read of any snapshot is of the first version at least. */
function enveloped(saved: unknown[]): Snapshot {
  return { format: "fhir-solicit", version: 1, saved };
}

function idOf(entry: unknown): string | undefined {
  const { id } = (typeof entry === "object" && entry !== null ? entry : {}) as { id?: unknown };
  return typeof id === "string" ? id : undefined;
}
