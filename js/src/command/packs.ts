/** The rule sets that `--pack` names. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Validator } from "../validator.js";
import { read } from "./files.js";

/** Built into the module; what is loaded comes on top of it. */
const BUILT_IN = "exchange";
/** Packs that lie in the package, where this version brings them. */
const SHIPPED = ["r4", "cdex-2019", "cdex-2019-narrative", "hrex-1.1", "cdex-2.1.0", "cdex-ci"];
/** What is loaded where nothing is named. A guide is chosen: versions of one define the same profiles. */
const USUAL = ["r4"];

const shipped = (name: string) => fileURLToPath(new URL(`../packs/${name}.pack`, import.meta.url));

/**
 * Loads packs: by the names above, or from files.
 *
 * @param names all of R4 where none is named
 * @throws {Error} where there is no such pack
 */
export async function loadPacks(validator: Validator, names: string[]): Promise<void> {
  const wanted = names.length > 0 ? names : USUAL.filter((name) => existsSync(shipped(name)));
  for (const name of wanted) {
    if (name === BUILT_IN) continue;
    const file = SHIPPED.includes(name) ? shipped(name) : name;
    if (!existsSync(file)) {
      const known = [BUILT_IN, ...SHIPPED.filter((name) => existsSync(shipped(name)))].join(", ");
      throw new Error(`--pack ${name}: there is no such pack or file; this version brings ${known}`);
    }
    await validator.loadPack(await read(file));
  }
}
