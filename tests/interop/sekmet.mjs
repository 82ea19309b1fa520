// @ts-check
/** sekmet: a FHIR server in Python by others. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SEKMET } from "../setup/sekmet.mjs";
import { freePort, listening } from "./port.mjs";

const CLIENT = { client_id: "desk", client_secret: "of the desk" };
/** Seconds: long enough for a few requests, short enough to wait for its end. */
const LIFETIME = 2;

/** @type {import("./interop.mjs").Kind} */
export const sekmet = {
  async start() {
    const directory = mkdtempSync(join(tmpdir(), "fhir-solicit-sekmet-"));
    const port = await freePort();
    const root = `http://127.0.0.1:${port}`;
    const token = "a token that does not expire";
    const settings = {
      base_url: `${root}/fhir`,
      host: "127.0.0.1",
      port,
      data_dir: directory,
      // Left on, it would act on Tasks by itself.
      simulator: { enabled: false },
      server_auth: {
        types: ["bearer", "smart"],
        tokens: [token],
        smart_clients: [{ ...CLIENT, scopes: "system/*.cruds" }],
        token_lifetime: LIFETIME,
      },
    };
    // JSON is YAML.
    const file = join(directory, "settings.yaml");
    writeFileSync(file, JSON.stringify(settings));
    const child = spawn(SEKMET, ["serve", "--config", file], { cwd: directory, stdio: "ignore" });
    const stop = () => {
      child.kill();
      rmSync(directory, { recursive: true, force: true });
    };
    await listening(`${root}/fhir/metadata`, child, stop);
    return {
      base: `${root}/fhir`,
      token,
      async login() {
        const form = { grant_type: "client_credentials", scope: "system/*.cruds", ...CLIENT };
        const response = await fetch(`${root}/auth/token`, {
          method: "POST",
          body: new URLSearchParams(form),
        });
        /** @type {any} */
        const granted = await response.json();
        if (!response.ok) throw new Error(`no token: ${response.status}`);
        return { token: granted.access_token, seconds: LIFETIME };
      },
      stop,
    };
  },
};
