/** The JavaScript that stands for a `.wasm` file which somebody imports. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Runtime } from '../index.js';
import { type ModuleFormat, emitTypeScript } from '../types/emit_typescript.js';
import { companionsOf, findTypes } from '../types/sources.js';

export interface ImportOptions {
  readonly format: ModuleFormat;
  /** Code that says where the module is; absent: it is in the code itself, as text. */
  readonly source?: string;
  /** What is imported in place of `wembed`. */
  readonly wembed?: string;
}

export interface WasmImport {
  readonly code: string;
  /** For `app.d.wasm.ts`. */
  readonly declarations: string;
  /** The files that it was made from; when one changes, it is to be made again. */
  readonly files: readonly string[];
  /** What the user should know. */
  readonly notes: readonly string[];
}

const inline = (bytes: Uint8Array): string =>
  `Buffer.from('${Buffer.from(bytes).toString('base64')}', 'base64')`;

/** Throws an error that names the file when it is no module. */
export function importOf(path: string, options: ImportOptions): WasmImport {
  const bytes = readFileSync(path);
  const beside = companionsOf(path);
  using runtime = new Runtime({ log: () => undefined });
  try {
    const { description, file, notes } = findTypes(runtime, { file: path, bytes, ...beside });
    const source = options.source ?? inline(bytes);
    const made = emitTypeScript(description, file, { ...options, name: basename(path), source });
    const files = [path, beside.dwarf, beside.describe].filter((each) => each !== undefined);
    return { ...made, files, notes: notes.map((note) => `${path}: ${note}`) };
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** `app.d.wasm.ts` of `app.wasm`: what TypeScript looks for with `allowArbitraryExtensions`. */
export const declarationsPath = (path: string): string => path.replace(/\.wasm$/, '.d.wasm.ts');

/** Written where it would change: who watches it is not told of nothing. */
export function writeDeclarations(path: string, { declarations }: WasmImport): void {
  const target = declarationsPath(path);
  if (existsSync(target) && readFileSync(target, 'utf8') === declarations) return;
  writeFileSync(target, declarations);
}
