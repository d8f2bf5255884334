/** `wembed/vite`: `import app from './app.wasm'` in what Vite serves and builds for Node. */
import { pathToFileURL } from 'node:url';
import type { PluginOptions } from './options.js';
import { importOf, writeDeclarations } from './wasm_import.js';

export type { PluginOptions } from './options.js';

/** What Vite gives a plugin while it loads a file, as far as it is used here. */
export interface ViteContext {
  addWatchFile(path: string): void;
  warn(text: string): void;
}

/** A module as Vite knows it. */
export interface ViteModule {
  readonly id: string | null;
}

/** What has changed, as Vite says it. */
export interface ViteChange<M extends ViteModule> {
  readonly file: string;
  readonly modules: M[];
  readonly server: {
    readonly moduleGraph: { getModulesByFile(file: string): Set<M> | undefined };
  };
}

/** A plugin of Vite's. */
export interface VitePlugin {
  name: string;
  enforce: 'pre';
  configResolved(config: { readonly command: string }): void;
  load(this: ViteContext, id: string): { code: string; map: null; moduleType: 'js' } | undefined;
  handleHotUpdate<M extends ViteModule>(change: ViteChange<M>): M[] | undefined;
}

/**
 * Makes the plugin: `export default { plugins: [wembed()] }`. In a build each module is in the
 * bundle, a server reads it where it is; with callers of the types that `wembed types` knows. It is
 * loaded again when the module or a file beside it that says its types has changed. For code that
 * runs in Node: wembed does not run in browsers.
 */
export function wembed(options: PluginOptions = {}): VitePlugin {
  let serves = false;
  /** Modules by the files beside them that they were made from. */
  const madeFrom = new Map<string, string>();
  return {
    name: 'wembed',
    // Before Vite's own way with .wasm, which is to refuse it.
    enforce: 'pre',
    configResolved({ command }) {
      serves = command === 'serve';
    },
    load(id) {
      if (!id.endsWith('.wasm')) return undefined;
      const source = serves ? { source: `new URL('${pathToFileURL(id).href}')` } : {};
      const made = importOf(id, { format: 'esm', ...source });
      if (options.declarations !== false) writeDeclarations(id, made);
      for (const file of made.files) {
        this.addWatchFile(file);
        if (file !== id) madeFrom.set(file, id);
      }
      for (const note of made.notes) this.warn(note);
      return { code: made.code, map: null, moduleType: 'js' };
    },
    handleHotUpdate({ file, modules, server }) {
      const id = madeFrom.get(file);
      if (id === undefined) return undefined;
      return [...modules, ...(server.moduleGraph.getModulesByFile(id) ?? [])];
    },
  };
}
