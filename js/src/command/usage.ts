/** Exit code where something could not be done at all. */
export const ERROR = 2;

/** The command was not told what to do in words it knows. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly hint = "`fhir-solicit --help` lists the commands.",
  ) {
    super(message);
  }
}
