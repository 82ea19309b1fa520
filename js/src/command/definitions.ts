/** Definitions given with `--definition`: compiled to a pack, and checked like those of any other. */
import { compilePack, type Package } from "../pack.js";
import type { Validator } from "../validator.js";
import { find, read } from "./files.js";
import { tell } from "./pack.js";

/**
 * Makes the definitions of files and directories known: alone, in a Bundle, or in a package.
 *
 * @throws {Error} where a path holds none, or cannot be read
 */
export async function loadDefinitions(validator: Validator, paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  const packages: Record<string, Package> = {};
  for (const path of paths) {
    const files: Record<string, Uint8Array> = {};
    for await (const found of find(path)) {
      if ("error" in found) throw new Error(`--definition ${found.file}: ${found.error.message}`);
      files[found.file] = await read(found.file).catch((error: Error) => {
        throw new Error(`--definition ${found.file}: ${error.message}`);
      });
    }
    packages[path] = (/\.tgz$/i.test(path) && files[path]) || files;
  }
  const compiled = await compilePack(packages, { id: "definitions" }).catch((error: Error) => {
    throw new Error(`--definition ${error.message}`);
  });
  // Whoever names a folder has other files in it, and what is missing is told where a check meets it.
  tell({ ...compiled, missing: [], unused: {} });
  await validator.loadPack(compiled.pack);
}
