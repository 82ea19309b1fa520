/** How a wasm module is loaded, and why it could not be. */

/** What a wasm module can be made from. */
export type WasmSource = Response | BufferSource | WebAssembly.Module;

/**
 * Why the module could not be loaded, and so who can mend it: the page's content security policy (`csp`), the
 * network or server (`unreachable`), or whoever put something else where the module should be (`not-wasm`).
 */
export type LoadFault = "csp" | "unreachable" | "not-wasm";

/** The wasm module could not be loaded; `message` says what to do. */
export class LoadError extends Error {
  override readonly name = "LoadError";
  constructor(
    readonly fault: LoadFault,
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** What the glue of a module exports to start it. Its other way in asks first for more than a module, as `isResponse`. */
type Init = (options: { module: WebAssembly.Module }) => unknown;

type Load = (source: () => WasmSource | Promise<WasmSource>) => Promise<void>;

/**
 * The door to a module, which loads it once, whoever asks first. Calls share one attempt; once it has failed, the
 * next call makes a new one. Their argument is asked for only when there is something to load.
 *
 * @param init `initSync` of the glue
 */
export function loader(init: Init): Load {
  let loading: Promise<void> | undefined;
  return (source) => {
    loading ??= start(init, source).catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

async function start(init: Init, source: Parameters<Load>[0]): Promise<void> {
  let name = "the wasm module";
  try {
    const given = await source();
    if (isResponse(given)) name = given.url || name;
    init({ module: await compile(given) });
  } catch (cause) {
    throw explain(name, cause);
  }
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (!isResponse(source)) return WebAssembly.compile(source);
  if (!source.ok) throw new Error(`status ${source.status}`);
  // Browsers compile while they fetch, but only under this very type, which many a server does not know.
  const streams = source.headers.get("content-type") === "application/wasm";
  return streams ? WebAssembly.compileStreaming(source) : WebAssembly.compile(await source.arrayBuffer());
}

/** Not by its class: at the first mention of `Response` Node loads its whole HTTP client, which takes longer than we do. */
function isResponse(source: WasmSource): source is Response {
  return "arrayBuffer" in source;
}

function explain(name: string, cause: unknown): LoadError {
  const text = cause instanceof Error ? cause.message : String(cause);
  // Engines have no error type of their own for this, only wording.
  if (/content security policy|\bcsp\b|unsafe-eval|disallowed by embedder/i.test(text)) {
    const remedy = "add 'wasm-unsafe-eval' to its script-src";
    return new LoadError("csp", `The page's content security policy forbids WebAssembly: ${remedy}.`, cause);
  }
  if (cause instanceof WebAssembly.CompileError || cause instanceof WebAssembly.LinkError) {
    return new LoadError("not-wasm", `Something else was found in place of ${name}: ${text}`, cause);
  }
  return new LoadError("unreachable", `Could not load ${name}: ${text}`, cause);
}
