// @ts-check
/**
 * Two desks and the conversation between them. `npm run demo` serves them as a page; `npm run demo -- --script`
 * holds the conversation here and prints it.
 *
 * Only Node's own modules and tests/setup may be imported at the top: on a fresh clone nothing else is there.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { ROOT, SetupError } from "../../tests/setup/run.mjs";
import { ensure } from "../../tests/setup.mjs";

const PORT = 8100;
const HELP = `npm run demo [-- OPTION…]

  --port N   serves the page there; 0 takes any free port [default: ${PORT}]
  --script   holds the conversation without a browser and prints it; ends with 0 if both
             servers hold what they should
  --help     shows this
`;

/** @returns {{ port: number, script: boolean, help: boolean }} */
function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: { port: { type: "string" }, script: { type: "boolean" }, help: { type: "boolean" } },
    }));
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  }
  const { port: text = String(PORT), script = false, help = false } = values;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new SetupError(`--port ${text}: a port is a number from 0 to 65535.`);
  }
  return { port: Number(text), script, help };
}

async function main() {
  const { port, script, help } = readOptions();
  if (help) return void process.stdout.write(HELP);
  await ensure(["npm", "wasm"]);
  const { status } = spawnSync(process.execPath, ["js/build.mjs"], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new SetupError("The package could not be built; the reason stands above.");
  const { buildServer, startServers } = await import("./servers.mjs");
  const { bases, stop } = await startServers(buildServer());
  try {
    if (script) {
      const { converse } = await import("./script.mjs");
      await converse(bases);
      return;
    }
    const { serveSite } = await import("./site.mjs");
    const site = await serveSite(port, bases);
    console.log(`payer's FHIR server     ${bases.payer}`);
    console.log(`provider's FHIR server  ${bases.provider}`);
    console.log(`both desks              ${site.url}\n\nCtrl-C ends all of it.`);
    await new Promise((ended) => {
      for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, ended);
    });
    site.stop();
  } finally {
    stop();
  }
}

main().catch((error) => {
  const told = error instanceof SetupError || error?.name === "ConversationError";
  console.error(told ? `error: ${error.message}` : error);
  process.exitCode = 1;
});
