// @ts-check
/**
 * Runs the relay: `RELAY_SUBSCRIBERS='{"payer":{"hook":"…","feed":"…"}}' node examples/relay/serve.mjs [PORT]`.
 *
 * It listens on loopback; put a proxy with TLS in front. Pages of the origins in `RELAY_ORIGINS`, separated by
 * commas, may listen.
 */
import { serve } from "@hono/node-server";
import { relay } from "./relay.mjs";

const { RELAY_SUBSCRIBERS = "{}", RELAY_ORIGINS = "" } = process.env;
const subscribers = JSON.parse(RELAY_SUBSCRIBERS);
for (const [name, { hook, feed }] of Object.entries(subscribers)) {
  // What is short can be guessed; what is the same lets whoever sends also listen.
  if (!(hook?.length >= 32 && feed?.length >= 32 && hook !== feed)) {
    console.error(`error: ${name} needs two secrets, hook and feed, of 32 characters or more`);
    process.exit(1);
  }
}
const app = relay({ subscribers, origins: RELAY_ORIGINS.split(",").filter(Boolean) });
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.argv[2] ?? 8090) }, ({ port }) =>
  console.log(`listening on http://127.0.0.1:${port}`),
);
