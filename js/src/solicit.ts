import { version } from "./fhir_solicit.js";

/** What the loaded module can do. */
export interface Solicit {
  /** The version of the package, to be reported with a fault. */
  version(): string;
}

export const solicit: Solicit = { version };
