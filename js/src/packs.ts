/** The packs that an application loaded, kept so that they outlive a defect of the module. */
export class Packs {
  readonly #load: (pack: Uint8Array) => string;
  readonly #kept = new Map<string, Uint8Array>();
  #isLost = false;

  /** @param load gives a pack to the module and tells what it is called; a second time changes nothing */
  constructor(load: (pack: Uint8Array) => string) {
    this.#load = load;
  }

  add(pack: Uint8Array): string {
    this.restore();
    const id = this.#load(pack);
    this.#kept.set(id, pack);
    return id;
  }

  /** The module broke: its next call runs on a fresh instance, which has no packs. */
  lose(): void {
    this.#isLost = true;
  }

  /** Loads what was lost. To be called before packs are used. */
  restore(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    for (const pack of this.#kept.values()) this.#load(pack);
  }
}
