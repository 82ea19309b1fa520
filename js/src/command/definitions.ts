/** Definitions given with `--definition`: what this version cannot check against them it says of each file. */
import { find, read } from "./files.js";
import type { NotDecided } from "./output.js";

const CONFORMANCE = ["StructureDefinition", "ValueSet", "CodeSystem", "Questionnaire"];

/** The kinds of rules that definitions hold, by canonical URL. */
export type Definitions = Map<string, NotDecided["kind"]>;

/**
 * Reads the definitions of files and directories: alone, or in a Bundle.
 *
 * @throws {Error} where a path holds none, or cannot be read
 */
export async function readDefinitions(paths: string[]): Promise<Definitions> {
  const definitions: Definitions = new Map();
  for (const path of paths) {
    const before = definitions.size;
    for await (const found of find(path)) {
      if ("error" in found) throw new Error(`--definition ${found.file}: ${found.error.message}`);
      for (const resource of resources(await parse(found.file))) {
        const kind = kindOf(resource);
        if (kind && typeof resource.url === "string") definitions.set(resource.url, kind);
      }
    }
    if (definitions.size === before)
      throw new Error(`--definition ${path}: there is no ${CONFORMANCE.join(", ")} in it`);
  }
  return definitions;
}

/** Of all definitions those that the resource in `bytes` names, sorted by kind and URL. */
export function namedIn(bytes: Uint8Array, definitions: Definitions): NotDecided[] {
  const counts = new Map<string, number>();
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return [];
  }
  // Without recursion: a resource may be nested deeper than the stack is.
  for (const open = [json]; open.length > 0; ) {
    const value = open.pop();
    if (typeof value === "string") {
      const [url = ""] = value.split("|");
      if (definitions.has(url)) counts.set(url, (counts.get(url) ?? 0) + 1);
    } else if (typeof value === "object" && value !== null) {
      for (const member of Object.values(value)) open.push(member);
    }
  }
  const found = [...counts].map(([name, count]) => ({
    kind: definitions.get(name) ?? "profile",
    name,
    count,
  }));
  return found.sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
}

type Json = Record<string, unknown>;

async function parse(file: string): Promise<unknown> {
  const bytes = await read(file).catch((error: Error) => {
    throw new Error(`--definition ${file}: ${error.message}`);
  });
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error(`--definition ${file}: is not JSON; \`fhir-solicit validate\` says where`);
  }
}

function* resources(json: unknown): Generator<Json> {
  if (typeof json !== "object" || json === null) return;
  const resource = json as Json;
  if (resource.resourceType !== "Bundle") yield resource;
  else if (Array.isArray(resource.entry))
    for (const entry of resource.entry) yield* resources(entry?.resource);
}

function kindOf({ resourceType, type }: Json): NotDecided["kind"] | undefined {
  if (resourceType === "StructureDefinition") return type === "Extension" ? "extension" : "profile";
  if (resourceType === "ValueSet" || resourceType === "CodeSystem") return "binding";
  return resourceType === "Questionnaire" ? "questionnaire" : undefined;
}
