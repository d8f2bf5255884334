/** `wembed/esbuild`: `import app from './app.wasm'` in what esbuild bundles. */
import { dirname } from 'node:path';
import type { PluginOptions } from './options.js';
import { importOf, writeDeclarations } from './wasm_import.js';

export type { PluginOptions } from './options.js';

/** What esbuild gives a plugin, as far as it is used here. */
export interface EsbuildBuild {
  /** Registers what is done for files whose path fits `filter`. */
  onLoad(
    options: { filter: RegExp; namespace?: string },
    callback: (args: {
      path: string;
      suffix: string;
      with: Readonly<Record<string, string>>;
    }) => EsbuildLoaded | undefined,
  ): void;
}

/** What a file is for esbuild. */
export interface EsbuildLoaded {
  contents: string;
  loader: 'js';
  resolveDir: string;
  watchFiles: string[];
  warnings: { text: string }[];
}

/** A plugin of esbuild's. */
export interface EsbuildPlugin {
  name: string;
  setup(build: EsbuildBuild): void;
}

/**
 * Makes the plugin: `esbuild.build({ platform: 'node', plugins: [wembed()], ... })`. Each module is
 * in the bundle, with callers of the types that `wembed types` knows. A bundle is made again when
 * the module or a file beside it that says its types has changed.
 */
export function wembed(options: PluginOptions = {}): EsbuildPlugin {
  return {
    name: 'wembed',
    setup(build) {
      build.onLoad(
        { filter: /\.wasm$/, namespace: 'file' },
        ({ path, suffix, with: attributes }) => {
          // `?suffix` and `with { type }` ask for something else.
          if (suffix !== '' || attributes['type'] !== undefined) return undefined;
          const made = importOf(path, { format: 'esm' });
          if (options.declarations !== false) writeDeclarations(path, made);
          return {
            contents: made.code,
            loader: 'js',
            resolveDir: dirname(path),
            watchFiles: [...made.files],
            warnings: made.notes.map((text) => ({ text })),
          };
        },
      );
    },
  };
}
