#!/usr/bin/env node
/** The command line: `fhir-solicit validate …`. Ends with 0 all valid, 1 some invalid, 2 could not run. */
import { loadValidator } from "../validate.js";
import { explain } from "./explain.js";
import { pack } from "./pack.js";
import { ERROR, UsageError } from "./usage.js";
import { validate } from "./validate.js";

const HELP = `Usage: fhir-solicit COMMAND

Commands:
  validate    checks FHIR R4 resources
  explain     says what a profile demands
  pack        compiles FHIR packages, so that resources are checked against their profiles

  --help      this text, or after a command what it can do
  --version   the version of the package
`;

const COMMANDS = new Map([
  ["validate", validate],
  ["explain", explain],
  ["pack", pack],
]);

/** @returns the exit code */
async function main([name, ...args]: string[]): Promise<number> {
  if (name === "--version") {
    console.log((await loadValidator()).version());
    return 0;
  }
  if (name === "--help" || name === "-h") {
    process.stdout.write(HELP);
    return 0;
  }
  const command = COMMANDS.get(name ?? "");
  if (command) return command(args);
  throw new UsageError(name === undefined ? "no command is named" : `there is no command '${name}'`);
}

// Whoever reads may have seen enough, as `head` has. A shell calls that 141.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? 141 : ERROR),
);
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UsageError ? `\n${error.hint}` : "";
  console.error(`error: ${message}${hint}`);
  process.exitCode = ERROR;
}
