/** What Node asks when it loads a file, in its thread for that: `.wasm` files are modules of JavaScript. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModuleFormat } from '../types/emit_typescript.js';
import { importOf } from './wasm_import.js';

/** This package, whoever imports the module. */
const packages: Readonly<Record<ModuleFormat, string>> = {
  esm: pathToFileURL(join(__dirname, '../index.mjs')).href,
  cjs: join(__dirname, '../index.js'),
};

/** The code for a file at a URL; undefined: it is none of ours. */
export function codeFor(url: string, format: ModuleFormat): string | undefined {
  const { protocol, pathname, search } = new URL(url);
  if (protocol !== 'file:' || search !== '' || !pathname.endsWith('.wasm')) return undefined;
  const source = `new URL('${url}')`;
  return importOf(fileURLToPath(url), { format, source, wembed: packages[format] }).code;
}

interface Loaded {
  format: string;
  source: string;
  shortCircuit: true;
}

interface LoadContext {
  readonly conditions?: readonly string[];
}

/** For the thread of its own that Node has for hooks, and for those of later versions, without one. */
export function load<T>(
  url: string,
  context: LoadContext,
  next: (url: string, context: LoadContext) => T,
): T | Loaded {
  const isRequired = context.conditions?.includes('require') === true;
  const source = codeFor(url, isRequired ? 'cjs' : 'esm');
  if (source === undefined) return next(url, context);
  return { format: isRequired ? 'commonjs' : 'module', source, shortCircuit: true };
}
