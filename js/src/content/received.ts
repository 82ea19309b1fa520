/** Following what a Communication that has arrived holds and refers to. */
import type { Received, ResourceText } from "../contract.js";
import { type ContentNews, type FollowOptions, follow, type Reach } from "./resolve.js";

/**
 * As `follow`, from what the machine has fetched itself.
 *
 * @param fetched is told of what the machine could not fetch, and this did
 */
export async function* followReceived(
  received: Received,
  reach: Reach,
  options: FollowOptions,
  fetched: (reference: string) => Promise<void>,
): AsyncIterableIterator<ContentNews> {
  const { from = "partner", contents = [] } = received;
  const known = new Map<string, string>();
  const lacking = new Set<string>();
  for (const { reference, document, taken } of contents) {
    if (document !== undefined) known.set(reference, document);
    else if (taken === undefined) lacking.add(reference);
  }
  for await (const news of follow(withContained(received), from, reach, options, known)) {
    const via = news.news === "content" && news.content.trail.length === 1 ? news.content.via : undefined;
    if (via !== undefined && lacking.delete(via)) await fetched(via);
    yield news;
  }
}

/** What stands in for an output of a data request refers to what its Task contains: with that, it is whole. */
function withContained({ document, contents = [] }: Received): ResourceText {
  const inside = contents.filter(
    ({ reference, document }) => reference.startsWith("#") && document !== undefined,
  );
  if (inside.length === 0) return document;
  return `{"contained":[${inside.map(({ document }) => document).join(",")}],${document.trimStart().slice(1)}`;
}
