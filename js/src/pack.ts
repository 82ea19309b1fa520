/**
 * Packs from FHIR packages, compiled where the app runs: `fhir-solicit/pack`. The compiler is a wasm module of its
 * own, fetched when it is first asked for; nothing leaves the page.
 */
import { read } from "#load";
import { compile, initSync } from "./pack_compiler.js";
import { loader, type WasmSource } from "./wasm.js";

export { LoadError, type LoadFault } from "./wasm.js";

/** A package: the bytes of a `.tgz`, or the bytes of its files by their paths, as in an unpacked one. */
export type Package = ArrayBuffer | Uint8Array | Record<string, Uint8Array>;

/** What to compile to, and where it comes from. */
export interface PackOptions {
  /** What the pack is called; loading another of the same name and source changes nothing. */
  id: string;
  /** Where the compiler is, if not beside this file. */
  module?: URL | WasmSource;
  /** The pack with the types of R4, if `packs/r4.pack` is not beside this file. */
  r4?: URL | Uint8Array;
}

/** A pack, and what became of the definitions. */
export interface CompiledPack {
  /** To be given to `loadPack`, or saved for it. */
  pack: Uint8Array;
  /** The canonical URLs of the profiles in it. */
  profiles: string[];
  /** Why definitions were left out, each named. */
  leftOut: string[];
  /** Definitions and packages that others refer to and nobody gave; a check lists as `unchecked` what it needed. */
  missing: string[];
  /** What nothing was compiled from, by type of resource: the names of files, or canonical URLs. */
  unused: Record<string, string[]>;
}

const load = /* @__PURE__ */ loader(initSync);

/**
 * Compiles the profiles, extensions, value sets and questionnaires of packages, snapshots or differentials alike.
 * Give a guide together with the packages that it builds on; what is missing is named. Packages may be given names,
 * which errors then call them by.
 *
 * @example
 * const { pack } = await compilePack([await (await fetch("hl7.fhir.us.core-7.0.0.tgz")).arrayBuffer()], { id: "us-core" });
 * await solicit.loadPack(pack);
 * @throws {LoadError} where the compiler cannot be had; a later call tries again
 * @throws {Error} where a package cannot be read, naming the file and the element
 */
export async function compilePack(
  packages: Package[] | Record<string, Package>,
  options: PackOptions,
): Promise<CompiledPack> {
  const module = options.module ?? new URL("./pack_compiler_bg.wasm", import.meta.url);
  await load(() => (module instanceof URL ? read(module) : module));
  const base = await bytes(options.r4 ?? new URL("./packs/r4.pack", import.meta.url));
  const named = Object.entries(packages).map(([key, one]) => {
    const name = Array.isArray(packages) ? `package ${Number(key) + 1}` : key;
    if (one instanceof ArrayBuffer) return [name, new Uint8Array(one)];
    return [name, one instanceof Uint8Array ? one : Object.entries(one)];
  });
  return compile(named, base, options.id) as CompiledPack;
}

async function bytes(source: URL | Uint8Array): Promise<Uint8Array> {
  const given = source instanceof URL ? await read(source) : source;
  if (given instanceof Uint8Array) return given;
  if (!given.ok) throw new Error(`${given.url}: status ${given.status}`);
  return new Uint8Array(await given.arrayBuffer());
}
