/** `fhir-solicit validate`. */
import { parseArgs } from "node:util";
import { loadValidator } from "../validate.js";
import type { ValidateOptions, Validator } from "../validator.js";
import { loadDefinitions } from "./definitions.js";
import { find, read } from "./files.js";
import { JsonOutput, NdjsonOutput, type Output, type Result, TextOutput } from "./output.js";
import { loadPacks } from "./packs.js";
import { ERROR, UsageError } from "./usage.js";

const HELP = `Usage: fhir-solicit validate [OPTION]… FILE|DIR|-…

Checks FHIR R4 resources in JSON. Of a directory all *.json are checked, further down too; - is standard input.
Ends with 0 where all are valid, 1 where one is not, 2 where one could not be checked.

  --pack NAME|FILE        rules to check against; may be repeated (default: all that the package brings)
  --definition FILE|DIR   StructureDefinitions, ValueSets, CodeSystems, SearchParameters and Questionnaires to check
                          against, one by one (a FILE in JSON or XML), in a Bundle or in a package; may be repeated
  --profile URL           a profile that each resource is to keep; listed as not checked where it is unknown
  --format FORMAT         text (default), json: one array, ndjson: one line a file
  --max-issues N          how many issues of a file to describe (default 100); the others are counted
  --must-support          notes which elements are missing that a profile asks to support
  --show-values           lets messages quote the values they speak of
  --no-excerpt            leaves out the lines of the file that text shows
  --help                  this text

A resource is a patient's data. Text shows the lines in question, and messages with --show-values quote values;
json, ndjson, and text with --no-excerpt show neither.
`;

const OPTIONS = {
  pack: { type: "string", multiple: true },
  definition: { type: "string", multiple: true },
  profile: { type: "string", multiple: true },
  format: { type: "string" },
  "max-issues": { type: "string" },
  "must-support": { type: "boolean" },
  "show-values": { type: "boolean" },
  "no-excerpt": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const HINT = "`fhir-solicit validate --help` lists the options.";

/** @returns the exit code */
export async function validate(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length === 0)
    throw new UsageError("name files or directories, or - for standard input", HINT);
  const output = outputOf(values.format, !values["no-excerpt"]);
  const validator = await loadValidator();
  await loadPacks(validator, values.pack ?? []);
  await loadDefinitions(validator, values.definition ?? []);
  const options = {
    maxIssues: countOf(values["max-issues"]),
    showValues: values["show-values"] ?? false,
    profiles: [...new Set(values.profile ?? [])],
    mustSupport: values["must-support"] ?? false,
  };

  let [isInvalid, hasFailed] = [false, false];
  for (const path of positionals) {
    for await (const found of find(path)) {
      const { file } = found;
      try {
        if ("error" in found) throw found.error;
        const bytes = await read(file);
        const result = check(validator, file, bytes, options);
        isInvalid ||= !result.valid;
        output.result(result, bytes);
      } catch (error) {
        hasFailed = true;
        console.error(`error: ${file}: ${(error as Error).message}`);
      }
    }
  }
  output.end();
  return hasFailed ? ERROR : Number(isInvalid);
}

function check(validator: Validator, file: string, bytes: Uint8Array, options: ValidateOptions): Result {
  const report = validator.validate(bytes, options);
  return {
    file,
    resourceType: report.resourceType ?? null,
    valid: report.errors === 0,
    errors: report.errors,
    warnings: report.warnings,
    issues: report.issues,
    ...(report.omitted > 0 && { omitted: report.omitted }),
    unchecked: report.unchecked,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message, HINT);
  }
}

function outputOf(format = "text", excerpts: boolean): Output {
  if (format === "text") return new TextOutput(excerpts);
  if (format === "json") return new JsonOutput();
  if (format === "ndjson") return new NdjsonOutput();
  throw new UsageError(`--format ${format}: choose text, json or ndjson`, HINT);
}

function countOf(text = "100"): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--max-issues ${text}: give a whole number`, HINT);
  return Number(text);
}
