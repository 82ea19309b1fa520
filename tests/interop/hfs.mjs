// @ts-check
/** hfs: a FHIR server in Rust by others. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HFS } from "../setup/hfs.mjs";
import { ROOT } from "../setup/run.mjs";
import { issuer } from "./issuer.mjs";
import { freePort, listening } from "./port.mjs";

/** Seconds: long enough for a few requests, short enough to wait for its end. */
const LIFETIME = 2;
/** Seconds for which it takes a token that has expired, for clocks that differ. */
const LEEWAY = 60;
const A_DAY = 86_400;

/** @type {import("./interop.mjs").Kind} */
export const hfs = {
  async start() {
    const directory = mkdtempSync(join(tmpdir(), "fhir-solicit-hfs-"));
    // Without it the server ignores nearly all search parameters.
    const parameters = join(ROOT, "node_modules/hl7.fhir.r4.examples/Bundle-searchParams.json");
    mkdirSync(join(directory, "data"));
    copyFileSync(parameters, join(directory, "data/search-parameters-r4.json"));
    const [port, signer] = [await freePort(), await issuer()];
    const base = `http://127.0.0.1:${port}`;
    const settings = {
      HFS_SERVER_HOST: "127.0.0.1",
      HFS_SERVER_PORT: String(port),
      HFS_BASE_URL: base,
      HFS_DATA_DIR: join(directory, "data"),
      // In memory it fails when it has much to do.
      HFS_DATABASE_URL: join(directory, "hfs.db"),
      HFS_VALIDATION_MODE: "enforce",
      HFS_AUTH_ENABLED: "true",
      HFS_AUTH_JWKS_URL: `${signer.url}/jwks.json`,
      HFS_AUTH_ISSUER: signer.url,
      HFS_SEED_CONFORMANCE: "false",
      HFS_UI_ENABLED: "false",
      HFS_NL_SEARCH_ENABLED: "false",
      HFS_SUBSCRIPTIONS_ENABLED: "true",
      HFS_LOG_LEVEL: "error",
    };
    const child = spawn(HFS, [], { cwd: directory, env: { ...process.env, ...settings }, stdio: "ignore" });
    const stop = () => {
      child.kill();
      signer.stop();
      rmSync(directory, { recursive: true, force: true });
    };
    await listening(`${base}/metadata`, child, stop);
    return {
      base,
      token: signer.token(A_DAY),
      login: async () => ({ token: signer.token(LIFETIME - LEEWAY), seconds: LIFETIME }),
      stop,
    };
  },
};
