/** Where descriptions come from, and what is taken of which: files beside the module among them. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DebugInfo } from '../debug/debug_info.js';
import type { Module, Runtime } from '../index.js';
import {
  type Description,
  DescriptionError,
  merge,
  readDescription,
  sectionName,
} from './description.js';
import { fitted, plainDescription } from './fitted.js';
import { describeDebug } from './from_debug.js';
import { describeRtti } from './from_rtti.js';
import { type WasmFile, readWasmFile } from './wasm_file.js';

export interface Sources {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** A file that has the debugging information: a twin of the module, a split file, or a package. */
  readonly dwarf?: string | undefined;
  /** A description. */
  readonly describe?: string | undefined;
}

/**
 * The files beside a module that are taken where none are named: `app.types.json` describes
 * `app.wasm`, `app.debug.wasm` has its debugging information.
 */
export function companionsOf(file: string): Pick<Sources, 'dwarf' | 'describe'> {
  const beside = (ending: string): string | undefined => {
    const path = `${file.replace(/\.wasm$/, '')}${ending}`;
    return path !== file && existsSync(path) ? path : undefined;
  };
  return { dwarf: beside('.debug.wasm'), describe: beside('.types.json') };
}

export interface Found {
  readonly file: WasmFile;
  readonly description: Description;
  /** Types that the module has, of which nothing says who takes and gives them: for descriptions. */
  readonly offered: Description['types'];
  /** What the user should know. */
  readonly notes: readonly string[];
}

/** The file that the module says has its information, where that is beside it. */
function externalFile(path: string, external: string): string | undefined {
  const beside = join(dirname(path), basename(external));
  return existsSync(beside) ? beside : undefined;
}

/** Where a package of split files is looked for: `app.wasm.dwp`, `app.dwp`. */
function packagesOf(path: string): string[] {
  const names = [`${path}.dwp`, path.replace(/\.wasm$/, '.dwp')];
  return names.filter((each) => each !== path && existsSync(each));
}

/** Split files by the paths that the information has for them, else beside the module; or a package. */
function splitFiles(path: string, missing: readonly string[]): Uint8Array[] {
  const found = missing.flatMap((wanted) => {
    const places = [wanted, join(dirname(path), basename(wanted))];
    return places.filter((each) => existsSync(each)).slice(0, 1);
  });
  const packages = found.length < missing.length ? packagesOf(path) : [];
  return [...found, ...packages].map((each) => readFileSync(each));
}

/** Opened with all files that belong to it. */
export function openDebug(
  runtime: Runtime,
  { file, bytes, dwarf }: Sources,
  notes: string[],
): DebugInfo {
  // A split file, or a package of them, is beside what the module has itself.
  const isSplit = dwarf !== undefined && /\.dw[op]$/.test(dwarf);
  const given = isSplit ? [readFileSync(dwarf)] : [];
  let path = dwarf === undefined || isSplit ? file : dwarf;
  let info = new DebugInfo(runtime, path === file ? bytes : readFileSync(path), given);
  if (info.about.units === 0 && dwarf === undefined && info.about.external !== '') {
    const found = externalFile(file, info.about.external);
    if (found === undefined) {
      notes.push(`its debugging information is in ${info.about.external}, which is not beside it`);
    } else {
      path = found;
      info = new DebugInfo(runtime, readFileSync(found));
    }
  }
  if (info.about.missing.length > 0) {
    const split = splitFiles(path, info.about.missing);
    if (split.length > 0) info = new DebugInfo(runtime, readFileSync(path), [...given, ...split]);
  }
  for (const wanted of info.about.missing) {
    notes.push(`the split file ${wanted} is not there: what it describes has plain types`);
  }
  if (info.about.problem !== '') {
    notes.push(`some of the debugging information was left out: ${info.about.problem}`);
  }
  if (info.about.zeroed) {
    notes.push(
      'the debugging information has no addresses of code (wasm-opt?): functions are found by ' +
        'their names alone; link with wasm-ld to have them',
    );
  }
  return info;
}

function embedded(module: Module): Description | undefined {
  const section = module.customSections.find(({ name }) => name === sectionName);
  if (section === undefined) return undefined;
  try {
    return readDescription(new TextDecoder().decode(section.bytes));
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    throw new DescriptionError(`its section ${sectionName}: ${error.message}`);
  }
}

function described(path: string): Description {
  try {
    return readDescription(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    throw new DescriptionError(`${path}: ${error.message}`);
  }
}

/** The best that is known: a description, the module's section, debugging information, names. */
export function findTypes(runtime: Runtime, sources: Sources): Found {
  const module = runtime.load(sources.bytes, { name: basename(sources.file) });
  const notes: string[] = [];
  const file = readWasmFile(sources.bytes, module);
  const info = openDebug(runtime, sources, notes);
  let description = plainDescription(file);
  const inside = embedded(module);
  if (info.about.units > 0) description = merge(describeDebug(info, file), description);
  const offered = inside === undefined ? (describeRtti(file) ?? {}) : {};
  if (info.about.units === 0 && inside === undefined && sources.describe === undefined) {
    notes.push(
      Object.keys(offered).length > 0
        ? 'AssemblyScript leaves no types of functions in a module: compile with --transform ' +
            'wembed/assemblyscript, or put its classes into a description (--init)'
        : 'there is no debugging information: types are those of WebAssembly',
    );
  }
  if (inside !== undefined) description = merge(inside, description);
  if (sources.describe !== undefined) description = merge(described(sources.describe), description);
  module.close();
  return { file, description: fitted(description, file), offered, notes };
}

/** The module with the description in its section, in place of one it had. */
export function embed(bytes: Uint8Array, description: Description): Uint8Array {
  const content = new TextEncoder().encode(JSON.stringify(description));
  const name = new TextEncoder().encode(sectionName);
  const body = Buffer.concat([Uint8Array.of(name.length), name, content]);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  let at = 8;
  while (at < bytes.length) {
    const start = at++;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    const isOurs =
      bytes[start] === 0 &&
      Buffer.compare(bytes.subarray(at + 1, at + 1 + name.length), name) === 0 &&
      bytes[at] === name.length;
    at += size;
    if (!isOurs) parts.push(bytes.subarray(start, at));
  }
  const length: number[] = [];
  for (let rest = body.length; ; rest = Math.floor(rest / 128)) {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) break;
  }
  return Buffer.concat([...parts, Uint8Array.of(0, ...length), body]);
}
