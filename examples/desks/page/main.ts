/** Loads the package and opens both desks. They share the loaded module and nothing else. */
import { loadSolicit } from "fhir-solicit";
import type { Bases } from "../servers.mjs";
import { find, say } from "./dom.js";
import { openPayer } from "./payer.js";
import { openProvider } from "./provider.js";

async function text(path: string): Promise<string> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} cannot be had (${response.status})`);
  return response.text();
}

try {
  const [solicit, servers, example] = await Promise.all([
    loadSolicit(new URL("fhir_solicit_bg.wasm", location.href)),
    text("servers.json"),
    text("example.json"),
  ]);
  const bases = JSON.parse(servers) as Bases;
  openPayer(solicit, bases, example);
  await openProvider(solicit, bases);
  document.body.setAttribute("data-open", "true");
} catch (error) {
  say(find("#failure"), `The desks did not open: ${error instanceof Error ? error.message : error}`);
  throw error;
}
