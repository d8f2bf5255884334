/** Node 18 has no Symbol.dispose; `using` and the classes here need it before they are defined. */
if ((Symbol as { dispose?: symbol }).dispose === undefined) {
  Object.defineProperty(Symbol, 'dispose', { value: Symbol('Symbol.dispose') });
}

export {};
