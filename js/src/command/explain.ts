/** `fhir-solicit explain`. */
import { parseArgs } from "node:util";
import { loadValidator } from "../validate.js";
import { loadPacks } from "./packs.js";
import { UsageError } from "./usage.js";

const HELP = `Usage: fhir-solicit explain [OPTION]… PROFILE [ELEMENT]

Says what a profile demands: of all its elements, or of ELEMENT and what is below it. PROFILE is its canonical URL,
ELEMENT a path as reports write it, such as Task.input:query.value.

  --pack NAME|FILE        where to look for the profile; may be repeated (default: all that the package brings)
  --format FORMAT         text (default) or json
  --help                  this text
`;

const OPTIONS = {
  pack: { type: "string", multiple: true },
  format: { type: "string", default: "text" },
  help: { type: "boolean", short: "h" },
} as const;

const HINT = "`fhir-solicit explain --help` lists the options.";

/** @returns the exit code: 0, or 1 where the profile has no such element */
export async function explain(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [profile, element, ...rest] = positionals;
  if (profile === undefined || rest.length > 0)
    throw new UsageError("name one profile, and one element at most", HINT);
  if (values.format !== "text" && values.format !== "json")
    throw new UsageError(`--format ${values.format}: choose text or json`, HINT);
  const validator = await loadValidator();
  await loadPacks(validator, values.pack ?? []);
  const explained = validator.explain(profile, element);
  if (explained === undefined)
    throw new Error(`no pack here has the profile ${profile}; \`--pack FILE\` adds those of another one`);
  if (values.format === "json") {
    console.log(JSON.stringify(explained, undefined, 2));
  } else {
    const { version, type, base } = explained;
    const name = version === undefined ? profile : `${explained.profile}, version ${version}`;
    console.log(`${name}: a profile on ${type}${base === undefined ? "" : `, derived from ${base}`}`);
    for (const { element, demands } of explained.elements) {
      console.log(`\n${element}`);
      for (const demand of demands) console.log(`  ${demand}`);
    }
  }
  if (explained.elements.length > 0) return 0;
  console.error(`${explained.type} has no element ${element}`);
  return 1;
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message, HINT);
  }
}
