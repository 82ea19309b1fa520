/** The files that arguments name. */
import type { Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";

/** A file to read, or why there is none. */
export type Found = { file: string } | { file: string; error: Error };

/** Standard input. */
export const STDIN = "-";

/**
 * The files of `path`: itself, or the `*.json` of a directory and of those inside it, in the order of their
 * names. A directory that links lead to again is not walked again.
 */
export async function* find(path: string): AsyncGenerator<Found> {
  try {
    if (path === STDIN || !(await stat(path)).isDirectory()) {
      yield { file: path };
      return;
    }
  } catch (error) {
    yield { file: path, error: readable(error) };
    return;
  }
  let isEmpty = true;
  for await (const found of walk(path, new Set())) {
    isEmpty = false;
    yield found;
  }
  if (isEmpty) yield { file: path, error: new Error("no *.json in this directory") };
}

async function* walk(directory: string, seen: Set<string>): AsyncGenerator<Found> {
  let entries: Dirent[];
  try {
    const real = await realpath(directory);
    if (seen.has(real)) return;
    seen.add(real);
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    yield { file: directory, error: readable(error) };
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    const isJson = entry.name.endsWith(".json");
    // A link that leads nowhere is an error only where a resource was to be expected.
    const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
    if (target?.isDirectory()) yield* walk(path, seen);
    else if (isJson && (target === undefined || target.isFile())) yield { file: path };
  }
}

/** The bytes of a file, or of standard input. */
export async function read(file: string): Promise<Uint8Array> {
  if (file === STDIN) return buffer(process.stdin);
  return readFile(file).catch((error: unknown) => {
    throw readable(error);
  });
}

/** What the system says, in words. */
function readable(error: unknown): Error {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new Error(WORDS.get(code) ?? message, { cause: error });
}

const WORDS = new Map([
  ["ENOENT", "no such file or directory"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EISDIR", "is a directory"],
  ["ELOOP", "its links lead in a circle"],
  ["ERR_FS_FILE_TOO_LARGE", "is larger than 2 GiB"],
]);
