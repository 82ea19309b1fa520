// @ts-check
/** What a story has: two desks, their servers, and a look at these behind the machines' back. */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { solicit, until } from "../js/desks.mjs";

/** How much faster than ours the clock of the machines runs: minutes of polling take a second. */
const FASTER = 100;
const begun = Date.now();
const clock = {
  now: () => begun + (Date.now() - begun) * FASTER,
  setTimeout: (/** @type {() => void} */ callback, /** @type {number} */ milliseconds) =>
    globalThis.setTimeout(callback, milliseconds / FASTER),
  clearTimeout: (/** @type {any} */ timer) => globalThis.clearTimeout(timer),
};

/** A server as a story sees it: only what belongs to the story. */
class Shelf {
  /** @param {import("./interop.mjs").Running} server @param {string} name @param {AbortSignal} signal */
  constructor(server, name, signal) {
    this.server = server;
    this.name = name;
    this.signal = signal;
  }

  /** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
  async #fetch(path, { method = "GET", body } = {}) {
    const { base, token } = this.server;
    const headers = {
      accept: "application/fhir+json",
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { "content-type": "application/fhir+json" }),
    };
    const response = await fetch(`${base}/${path}`, { method, headers, body: body ?? null });
    const text = await response.text();
    assert(response.ok, `${method} ${path.split("?")[0]}: ${response.status}`);
    return JSON.parse(text);
  }

  /** @param {string} type @returns {Promise<any[]>} */
  async all(type) {
    const { entry = [] } = await this.#fetch(`${type}?_count=1000`);
    const resources = entry.map((/** @type {any} */ one) => one.resource);
    return resources.filter(
      (/** @type {any} */ one) => one.resourceType === type && JSON.stringify(one).includes(this.name),
    );
  }

  /** @param {string} type */
  async one(type) {
    const found = await this.all(type);
    assert.equal(found.length, 1, `one ${type}`);
    return found[0];
  }

  /** The only one, once there is one that fits. @param {string} type @param {(one: any) => boolean} fits */
  async until(type, fits) {
    while (!this.signal.aborted) {
      const found = await this.all(type);
      assert(found.length <= 1, `one ${type} at most`);
      if (found.some(fits)) return found[0];
      await setTimeout(50);
    }
    return assert.fail(`no ${type} that fits`);
  }

  /** @param {any} resource */
  put(resource) {
    const body = JSON.stringify(resource);
    return this.#fetch(`${resource.resourceType}/${resource.id}`, { method: "PUT", body });
  }

  /** @param {any} resource @returns {Promise<string>} */
  async create(resource) {
    const { id } = await this.#fetch(resource.resourceType, {
      method: "POST",
      body: JSON.stringify(resource),
    });
    return id;
  }

  /** @param {any[]} resources */
  transaction(resources) {
    const entry = resources.map((resource) => ({
      resource,
      request: { method: "POST", url: resource.resourceType },
    }));
    return this.#fetch("", {
      method: "POST",
      body: JSON.stringify({ resourceType: "Bundle", type: "transaction", entry }),
    });
  }
}

/**
 * @typedef {ReturnType<typeof desk>} Desk
 *
 * @param {string} name that no other story has
 * @param {Record<"payer" | "provider", import("./interop.mjs").Running & { reached: string }>} servers
 * @param {import("fhir-solicit").DriveOptions} options
 * @param {AbortSignal} signal
 */
export function desk(name, { payer, provider }, options, signal) {
  const cadence = /** @type {const} */ ({ cadence: "custom", seconds: 60 });
  const side = (/** @type {typeof payer} */ home, /** @type {typeof payer} */ partner) => ({
    ...options,
    servers: { home: home.reached, partner: partner.reached },
    credentials: (/** @type {string} */ server) => (server === "home" ? home : partner).token,
    cadence,
    clock,
    signal,
  });
  const [payerSide, providerSide] = [side(payer, provider), side(provider, payer)];
  const owner = `Organization/clinic-${name}`;
  const payerOrganization = { reference: `Organization/payer-${name}` };
  const shelf = new Shelf(provider, name, signal);

  const draft = (/** @type {object} */ more = {}) =>
    solicit.draft({
      subject: { reference: `Patient/${name}` },
      ask: [{ query: `Condition?patient=${name}` }],
      informationSender: { reference: `${provider.reached}/${owner}` },
      informationRecipients: [payerOrganization],
      requester: payerOrganization,
      ...more,
    });
  const answer = async (/** @type {any} */ arrived) => {
    const answering = await solicit.responder({ arrived, ...providerSide });
    await until(answering.updates(), "state", () => answering.request !== undefined);
    return answering;
  };
  return {
    name,
    owner,
    payerOrganization,
    payerSide,
    providerSide,
    payer: new Shelf(payer, name, signal),
    provider: shelf,
    login: provider.login,
    signal,
    draft,
    answer,
    isOurs: (/** @type {{ resource: string }} */ { resource }) => resource.includes(name),
    /** Asked with a Task, which has arrived. */
    async ask() {
      const asking = await solicit.requester({ request: draft(), variant: "with-task", ...payerSide });
      return { asking, answering: await answer(await shelf.until("Task", () => true)) };
    },
  };
}
