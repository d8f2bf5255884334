/** Node 18 has not these symbols; `using` and the classes here need them before they are defined. */
for (const name of ['dispose', 'asyncDispose'] as const) {
  if ((Symbol as Partial<Record<typeof name, symbol>>)[name] === undefined) {
    Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
  }
}

export {};
