// @ts-check
/** The page's end of the relay. */
import { EventSource } from "eventsource";

/**
 * Hands every notification of a feed to a subscriber, until `signal` is aborted. The feed connects anew by itself.
 *
 * The secret goes into a header, which the browser's own EventSource does not allow: in a URL it would be in logs.
 *
 * @param {{ ingestNotification(bundle: string): Promise<void> }} subscriber
 * @param {object} feed
 * @param {string} feed.url such as `https://relay.example/feed/payer`
 * @param {string} feed.secret
 * @param {AbortSignal} feed.signal
 * @returns {Promise<void>} resolves once it listens
 */
export function listen(subscriber, { url, secret, signal }) {
  const source = new EventSource(url, {
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${secret}` } }),
  });
  signal.addEventListener("abort", () => source.close());
  source.addEventListener("message", ({ data }) => {
    // A subscriber that was stopped takes nothing any more.
    subscriber.ingestNotification(data).catch(() => source.close());
  });
  return new Promise((resolve) => source.addEventListener("open", () => resolve(), { once: true }));
}
