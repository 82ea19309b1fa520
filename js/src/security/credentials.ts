/** Tokens of clients that sign in, each for its own server alone (R92, R97). */
import type { FetchOptions } from "../transport.js";

/** Where tokens come from, and what is done when one is refused: spread it into the options of a machine. */
export type Credentials = Pick<FetchOptions, "credentials" | "onUnauthorized">;

/** What is needed of the `Client` of `fhirclient`. */
export interface SmartClient {
  state: { serverUrl: string; tokenResponse?: { access_token?: string } };
  refreshIfNeeded?(): Promise<unknown>;
  refresh?(): Promise<unknown>;
}

/** What is needed of the `MedplumClient` of `@medplum/core`. */
export interface MedplumLike {
  getBaseUrl(): string;
  getAccessToken(): string | undefined;
  refreshIfExpired?(gracePeriod?: number): Promise<unknown>;
}

/**
 * The token of a SMART client, for the server of its launch and no other.
 *
 * @example
 * const exchange = await solicit.resume(saved, { ...smartCredentials(await FHIR.oauth2.ready()), save });
 */
export function smartCredentials(client: SmartClient): Credentials {
  const { state } = client;
  return refreshed({
    owns: (base) => trimmed(base) === trimmed(state.serverUrl),
    token: () => state.tokenResponse?.access_token,
    before: () => client.refreshIfNeeded?.(),
    refused: () => client.refresh?.(),
  });
}

/**
 * The token of a Medplum client, for what is at or beneath its base URL.
 *
 * @example
 * const inbox = await solicit.inbox({ servers, ...medplumCredentials(medplum), save });
 */
export function medplumCredentials(client: MedplumLike): Credentials {
  return refreshed({
    owns: (base) => beneath(base, client.getBaseUrl()),
    token: () => client.getAccessToken(),
    before: () => client.refreshIfExpired?.(),
    // A server may refuse a token before its time is over: no time left is enough.
    refused: () => client.refreshIfExpired?.(Number.POSITIVE_INFINITY),
  });
}

/**
 * Tokens that do not change, each for what is at or beneath the URL it is listed under; the longest URL decides.
 *
 * @example
 * const credentials = staticCredentials({ "https://payer.example": token });
 */
export function staticCredentials(tokens: Readonly<Record<string, string>>): Credentials {
  const listed = Object.entries(tokens).sort(([a], [b]) => b.length - a.length);
  return { credentials: (_, base) => listed.find(([url]) => beneath(base, url))?.[1] };
}

/** For servers that ask for none. */
export const noCredentials: Credentials = {};

interface Source {
  owns(base: string): boolean;
  token(): string | undefined;
  before(): Promise<unknown> | undefined;
  refused(): Promise<unknown> | undefined;
}

function refreshed(source: Source): Credentials {
  return {
    credentials: async (_, base) => {
      if (!source.owns(base)) return undefined;
      // Without a new token the old one is tried: whether it still holds is for the server to say.
      await source.before()?.catch(() => {});
      return source.token();
    },
    onUnauthorized: async (_, base) => {
      if (source.owns(base)) await source.refused();
    },
  };
}

const trimmed = (url: string) => new URL(url).href.replace(/\/+$/, "");

const beneath = (base: string, url: string) => `${trimmed(base)}/`.startsWith(`${trimmed(url)}/`);
