/** From a launch in an EHR straight into the exchange that it is about (R94). */
import * as core from "../bridge.js";
import type { HttpRequest, Machine, ResourceText, Servers, View } from "../contract.js";
import { type DriveOptions, Driver } from "../drive.js";
import { SolicitError } from "../error.js";
import { Requester } from "../requester.js";
import { Responder, type ResponderOptions } from "../responder.js";
import { restorable } from "../snapshot.js";
import { fetchTransport } from "../transport.js";

/** What a launch is about, and how to go on from there. */
export interface LaunchOptions extends Omit<ResponderOptions, "arrived"> {
  /** The answer with the token, whose `fhirContext` names a Task or CommunicationRequest of the server `home`. */
  context: { fhirContext?: unknown };
  servers: Servers;
  /** Exchanges that were saved: the one that the launch means is resumed. */
  saved?: Iterable<Machine>;
}

/** Codes of Tasks that ask for an application to be started (SMART App Launch, task-launch). */
const LAUNCHES = /^launch-app-(ehr|standalone)$/;
const MEANT = /^(?:(.*)\/)?((?:Task|CommunicationRequest)\/[A-Za-z0-9.-]{1,64})$/;

/**
 * The Task or CommunicationRequest that a launch names, as its reference stands in `fhirContext`; `undefined` where
 * it names none.
 */
export function launchedFor({ fhirContext }: LaunchOptions["context"]): string | undefined {
  if (!Array.isArray(fhirContext)) return undefined;
  const references = fhirContext.map((item: { reference?: unknown } | null) => item?.reference);
  const meant = references.filter((one): one is string => typeof one === "string" && MEANT.test(one));
  return meant.find((one) => one.includes("Task/")) ?? meant[0];
}

interface TaskLike {
  resourceType?: string;
  code?: { coding?: { code?: string }[] };
  focus?: { reference?: string };
  basedOn?: { reference?: string }[];
  partOf?: { reference?: string }[];
  input?: { valueReference?: { reference?: string } }[];
}

/** What a Task that only asks for an application to be started is about; `undefined` for any other Task. */
function behind({ code, focus, input = [], basedOn = [], partOf = [] }: TaskLike): string | undefined {
  if (!code?.coding?.some((one) => LAUNCHES.test(one.code ?? ""))) return undefined;
  const named = [focus, ...input.map((one) => one.valueReference), ...basedOn, ...partOf];
  return named.map((one) => one?.reference).find((one) => one !== undefined && MEANT.test(one));
}

/** See `Solicit.launched`. */
export async function launched(options: LaunchOptions): Promise<Requester | Responder | undefined> {
  const { context, saved: given = [], ...rest } = options;
  let reference = launchedFor(context);
  if (reference === undefined) return undefined;
  const { servers } = options;
  const saved = restorable(given);
  let machine = find(saved, locate(reference, servers), options);
  if (machine) return resume(machine, options);
  let arrived = await read(reference, options);
  reference = behind(JSON.parse(arrived) as TaskLike);
  if (reference !== undefined) {
    machine = find(saved, locate(reference, servers), options);
    if (machine) return resume(machine, options);
    arrived = await read(reference, options);
  }
  return Responder.begin({ ...rest, arrived });
}

/** The absolute URL of a reference that stands at the home server. */
function locate(reference: string, servers: Servers): string {
  const [, base, relative] = MEANT.exec(reference) ?? [];
  return `${base ?? trimmed(servers.home)}/${relative}`;
}

const trimmed = (base: string) => base.replace(/\/+$/, "");

/** The saved exchange that has this Task or CommunicationRequest. */
function find(saved: Iterable<Machine>, url: string, { clock }: DriveOptions): Machine | undefined {
  for (const machine of saved) {
    if (machine.actor !== "requester" && machine.actor !== "responder") continue;
    if (places(core.view(machine, clock?.now() ?? Date.now())).includes(url)) return machine;
  }
  return undefined;
}

/** Where what an exchange is about is stored. */
function places({ servers, task, request, recipients = [] }: View): string[] {
  const at = (server: string, path: string) => `${trimmed(servers[server] ?? "")}/${path}`;
  const home = [task, request].flatMap((one) => {
    const { resourceType, id } = one ? (JSON.parse(one) as { resourceType: string; id?: string }) : {};
    return id === undefined ? [] : [at("home", `${resourceType}/${id}`)];
  });
  return [...home, ...recipients.flatMap(({ server, url }) => (url === undefined ? [] : [at(server, url)]))];
}

async function resume(machine: Machine, options: DriveOptions): Promise<Requester | Responder> {
  const driver = await Driver.resume(machine, options);
  return machine.actor === "requester" ? new Requester(driver) : new Responder(driver);
}

async function read(reference: string, options: LaunchOptions): Promise<ResourceText> {
  const url = locate(reference, options.servers);
  const home = trimmed(options.servers.home);
  if (!url.startsWith(`${home}/`)) {
    throw new SolicitError("server", "the launch is about a resource of another server; it was not fetched");
  }
  const send = options.transport ?? fetchTransport(options);
  const headers = { accept: "application/fhir+json" };
  const request: HttpRequest = { server: "home", method: "GET", url: url.slice(home.length + 1), headers };
  const { status, body } = await send(request, options.signal ?? new AbortController().signal);
  if (status === 200) return body;
  throw new SolicitError(
    "launch",
    `the server answered ${status} to the reading of what the launch is about`,
  );
}
