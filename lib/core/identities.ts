/** Which object of JavaScript stands for a memory, table or global, whoever exports it. */
export class Identities {
  /** By the addon's identities. An object keeps what it stands for, as long as it is not closed. */
  readonly #known = new Map<number, WeakRef<object>>();
  readonly #gone = new FinalizationRegistry<number>((identity) => {
    if (this.#known.get(identity)?.deref() === undefined) this.#known.delete(identity);
  });

  /** The object that is known for it, if it still serves; else a new one. 0 is nobody's identity. */
  of<T extends object>(identity: number, serves: (known: object) => known is T, make: () => T): T {
    const known = this.#known.get(identity)?.deref();
    if (known !== undefined && serves(known)) return known;
    const made = make();
    if (identity !== 0) {
      this.#known.set(identity, new WeakRef(made));
      this.#gone.register(made, identity);
    }
    return made;
  }
}
