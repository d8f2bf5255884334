/**
 * The same for lib/: each of its folders is a layer. Imports of types count as those of values, and
 * so do `declare module` blocks, which say something about a class of the file that they name.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { type SourceFile, findCircles } from './rules';

const root = resolve(__dirname, '../..');

const core = ['raw', 'base', 'guest', 'core'];
const instance = [...core, 'call', 'load', 'inspect', 'wasi', 'instance'];
const all = [...instance, 'host', 'runtime', 'pool'];

/** Folder of lib/ to the folders it may import from besides itself; '' is what users import. */
const allowedFolders: Record<string, readonly string[]> = {
  addon: [],
  raw: ['addon'],
  base: ['raw'],
  guest: ['raw', 'base'],
  core: ['raw', 'base', 'guest'],
  call: core,
  load: core,
  inspect: [...core, 'load'],
  wasi: [...core, 'load'],
  instance,
  host: instance,
  runtime: [...instance, 'host'],
  pool: all,
  // Modules whose types are known, for what `types` generates.
  typed: all,
  '': [...all, 'typed'],
  debug: ['', 'raw', 'base', 'core'],
  types: ['', 'base', 'debug'],
  // A part of AssemblyScript's compiler, which has no addon.
  assemblyscript: ['types'],
  // What bundlers and Node ask for a .wasm file that is imported.
  loaders: ['', 'types'],
  cli: ['', 'inspect', 'addon', 'types'],
};

export function readLibrary(folder = 'lib'): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return readLibrary(path);
    return [{ path, text: readFileSync(join(root, path), 'utf8') }];
  });
}

function folderOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
}

/** The files it names, as paths from the root. */
function importsOf(file: SourceFile): string[] {
  const pattern = /\b(?:from|import|module|require\(|import\()\s*'(\.[^']*)\.m?js'/g;
  return [...file.text.matchAll(pattern)].map((match) =>
    posix.join(posix.dirname(file.path), `${match[1] ?? ''}.ts`),
  );
}

/** Every broken rule as a line of text; empty when all is well. */
export function findLibraryProblems(files: SourceFile[]): string[] {
  const known = new Set(files.map((file) => file.path));
  const problems: string[] = [];
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const folder = folderOf(file.path);
    const allowed = allowedFolders[folder];
    if (allowed === undefined) problems.push(`${file.path}: ${folder} is not a known folder`);
    const imports = importsOf(file);
    for (const target of imports) {
      const other = folderOf(target);
      if (!known.has(target)) problems.push(`${file.path}: ${target} does not exist`);
      else if (other !== folder && allowed?.includes(other) === false) {
        problems.push(`${file.path}: ${folder} may not import ${target}`);
      }
    }
    graph.set(file.path, imports);
  }
  return [...problems, ...findCircles(graph)];
}
