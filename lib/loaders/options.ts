/** How plugins of bundlers treat the modules that a program imports. */
export interface PluginOptions {
  /**
   * Whether `app.d.wasm.ts` is written beside each `app.wasm` that is imported, and kept as the
   * module is. TypeScript reads it with `allowArbitraryExtensions`. Default: true.
   */
  readonly declarations?: boolean | undefined;
}
