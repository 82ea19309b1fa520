/** `fhir-solicit pack`. */
import { readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { type CompiledPack, compilePack, type Package } from "../pack.js";
import { read } from "./files.js";
import { UsageError } from "./usage.js";

const HELP = `Usage: fhir-solicit pack PACKAGE… -o FILE

Compiles FHIR packages to a pack, for \`fhir-solicit validate --pack FILE\` and \`loadPack\`. A PACKAGE is a .tgz, or
the folder it unpacks to. Give a guide together with the packages that it builds on.

  -o, --output FILE   where to write the pack
  --id NAME           what the pack is called (default: the name of FILE)
  --help              this text
`;

const OPTIONS = {
  output: { type: "string", short: "o" },
  id: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Most names of a type to print; a package may hold hundreds of examples. */
const MOST_NAMES = 5;

const HINT = "`fhir-solicit pack --help` lists the options.";

/** @returns the exit code: 1 where something was left out */
export async function pack(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length === 0) throw new UsageError("name a package", HINT);
  if (values.output === undefined) throw new UsageError("say with -o where to write the pack", HINT);
  const packages = await Promise.all(
    positionals.map(async (path) => [path, await readPackage(path)] as const),
  );
  const compiled = await compilePack(Object.fromEntries(packages), {
    id: values.id ?? basename(values.output).replace(/\.pack$/, ""),
  });
  await writeFile(values.output, compiled.pack);
  tell(compiled);
  console.log(`${values.output}: ${compiled.profiles.length} profiles, ${compiled.pack.length} bytes`);
  return compiled.leftOut.length > 0 ? 1 : 0;
}

/** Says what the pack does not hold. */
export function tell({ leftOut, missing, unused }: CompiledPack): void {
  for (const why of leftOut) console.error(`error: left out: ${why}`);
  if (missing.length > 0) console.error(`note: not given, so not checked: ${missing.join(", ")}`);
  for (const [type, names] of Object.entries(unused)) {
    const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : "";
    console.error(`note: nothing is compiled from ${type}: ${names.slice(0, MOST_NAMES).join(", ")}${more}`);
  }
}

/** The bytes of an archive, or of the files right in a folder or its `package`. */
async function readPackage(path: string): Promise<Package> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    return read(path).catch((error: Error) => {
      throw new Error(`${path}: ${error.message}`);
    });
  }
  const inner = join(path, "package");
  const folder = (await stat(inner).catch(() => undefined))?.isDirectory() ? inner : path;
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  if (names.length === 0) throw new Error(`${path}: there is no *.json in this folder`);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await read(join(folder, name))] as const)),
  );
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message, HINT);
  }
}
