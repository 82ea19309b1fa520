/** Coming back: timers stand still in a tab that sleeps, and requests fail without a network. */

/**
 * Calls `listener` whenever the page is seen again or the network returns; never where there is no page.
 *
 * @returns stops that
 */
export function onReturn(listener: () => void): () => void {
  const seen = () => {
    if (document.visibilityState === "visible") listener();
  };
  const page = typeof document === "undefined" ? undefined : document;
  // Node has no events of its own here; a worker has `online`, but no page.
  const scope = typeof addEventListener === "function" ? globalThis : undefined;
  page?.addEventListener("visibilitychange", seen);
  for (const event of ["online", "pageshow"]) scope?.addEventListener(event, listener);
  return () => {
    page?.removeEventListener("visibilitychange", seen);
    for (const event of ["online", "pageshow"]) scope?.removeEventListener(event, listener);
  };
}
