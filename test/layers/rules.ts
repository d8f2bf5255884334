/**
 * The include rules as data, and the scan. Each folder of native/ is a layer; what it may include
 * is listed here and nowhere else. CONTRIBUTING.md has the picture.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';

export interface SourceFile {
  /** From the repository's root, with slashes. */
  path: string;
  text: string;
}

const root = resolve(__dirname, '../..');

/** Layer to the layers it may include besides itself. 'include' is the folder of public headers. */
const allowedLayers: Record<string, readonly string[]> = {
  base: [],
  platform: ['base'],
  isa: ['base'],
  memory: ['base', 'platform'],
  heap: ['base'],
  // Reads debugging information, which it knows to be in a WebAssembly file, and no more of that.
  dwarf: ['base'],
  module: ['base', 'isa'],
  runtime: ['base', 'platform', 'isa', 'memory', 'heap', 'module'],
  inspect: ['base', 'platform', 'isa', 'memory', 'heap', 'module', 'runtime'],
  interp: ['base', 'platform', 'isa', 'memory', 'heap', 'module', 'runtime'],
  jit: ['base', 'platform', 'isa', 'memory', 'heap', 'module', 'runtime'],
  // Joins the tiers, which know nothing of each other.
  tiers: ['base', 'platform', 'isa', 'memory', 'heap', 'module', 'runtime', 'interp', 'jit'],
  // C's functions for guests.
  libc: ['base', 'platform', 'isa', 'memory', 'heap', 'module', 'runtime'],
  wasi: ['base', 'platform', 'isa', 'memory', 'heap', 'module', 'runtime'],
  capi: [
    'base',
    'platform',
    'isa',
    'memory',
    'heap',
    'module',
    'runtime',
    'inspect',
    'interp',
    'jit',
    'tiers',
    'libc',
    'wasi',
    'dwarf',
    'include',
  ],
  // What hosts take from WAMR's library beside its embedding API.
  porting: ['base', 'platform', 'runtime', 'capi', 'include'],
  // The native command, a program of the library's like others.
  command: ['include'],
  wasm_c_api: ['base', 'module', 'runtime', 'capi', 'include'],
  addon: ['include'],
  include: [],
};

/** Includes that break a rule for a reason. */
const exceptions: Record<string, readonly string[]> = {
  // Their types are the system's, and WAMR's header brings these.
  'include/platform_common.h': [
    ...['dirent.h', 'fcntl.h', 'netinet/in.h', 'poll.h', 'pthread.h', 'sched.h', 'semaphore.h'],
    ...['ioctl', 'mman', 'resource', 'socket', 'stat', 'time', 'types', 'uio'].map(
      (name) => `sys/${name}.h`,
    ),
    'unistd.h',
  ],
  'include/bh_getopt.h': ['getopt.h'],
  'native/porting/blocking.cpp': ['csignal'],
  // A program of its own, for systems with signals and shared objects.
  'native/command/interruption.cpp': ['signal.h'],
  'native/command/native_libraries.cpp': ['dlfcn.h'],
  // Lists of names, see docs/wamr-compat.md.
  'native/command/api_table.cpp': ['capi/functions.def', 'porting/functions.def'],
  // That no thread can be had has to be an error; std::thread throws it, which ends the process
  // here, and the addon sees nothing of native/platform.
  'native/addon/worker_pool.h': ['pthread.h'],
};

const cHeaders = new Set(
  (
    'assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign ' +
    'stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar ' +
    'wchar wctype'
  )
    .split(' ')
    .map((name) => `${name}.h`),
);

/** C++ standard headers have no extension; these C ones are an OS matter all the same. */
const osHeadersInC = new Set(['signal.h', 'csignal', 'threads.h']);

/** Processor intrinsics: no OS, used where a check for the processor stands around them. */
const processorHeaders = /^(x86|imm|[a-z]mm)intrin\.h$|^arm_neon\.h$|^cpuid\.h$/;

/** The layer a file belongs to: folder of native/, or 'include'. */
function layerOf(path: string): string {
  const [top, folder] = path.split('/');
  return top === 'include' ? 'include' : (folder ?? '');
}

function readTree(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return readTree(path);
    if (!/\.(h|c|cpp|inc|def|S)$/.test(entry.name)) return [];
    return [{ path, text: readFileSync(join(root, path), 'utf8') }];
  });
}

export function readSources(): SourceFile[] {
  return [...readTree('include'), ...readTree('native')];
}

export function readSourceList(): string[] {
  const lines = readFileSync(join(root, 'native/sources.txt'), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

interface Include {
  name: string;
  angled: boolean;
}

function includesOf(file: SourceFile): Include[] {
  return [...file.text.matchAll(/^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]/gm)].map(
    (match) => ({ name: match[2] ?? '', angled: match[1] === '<' }),
  );
}

/** What is wrong with a system include, or undefined. */
function systemProblem(layer: string, name: string): string | undefined {
  if (/^(napi|node_api|js_native_api|node|v8|uv)\b.*\.h$/.test(name)) {
    return layer === 'addon' ? undefined : 'is allowed only in native/addon';
  }
  if (layer === 'include') return cHeaders.has(name) ? undefined : 'is not a C standard header';
  if (layer === 'platform') return undefined;
  const standard = (cHeaders.has(name) || !name.includes('.')) && !osHeadersInC.has(name);
  return standard || processorHeaders.test(name)
    ? undefined
    : 'is an OS header: native/platform only';
}

/** What is wrong with an include of one of our files, or undefined. */
function ownProblem(layer: string, target: string | undefined): string | undefined {
  if (target === undefined) return 'does not exist (names start at native/ as root or in include/)';
  const other = layerOf(target);
  if (other === layer || allowedLayers[layer]?.includes(other)) return undefined;
  return `is not allowed: ${layer} may not include ${other}`;
}

/** Each circle of files that name each other, as a line of text. */
export function findCircles(graph: Map<string, string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) circles.push(`circle: ${[...trail.slice(start), path].join(' -> ')}`);
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return circles;
}

/** Every broken rule as a line of text; empty when all is well. */
export function findProblems(files: SourceFile[]): string[] {
  const known = new Set(files.map((file) => file.path));
  const problems: string[] = [];
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const layer = layerOf(file.path);
    const headers: string[] = [];
    if (!(layer in allowedLayers)) problems.push(`${file.path}: ${layer} is not a known layer`);
    for (const { name, angled } of includesOf(file)) {
      let problem: string | undefined;
      if (angled) {
        problem = systemProblem(layer, name);
      } else if (name.startsWith('.')) {
        problem = 'has to be written with native/ as root';
      } else {
        const target = [`native/${name}`, `include/${name}`].find((path) => known.has(path));
        problem = ownProblem(layer, target);
        // A table or a body file is meant to be included again and again.
        if (target?.endsWith('.h') === true) headers.push(target);
      }
      if (exceptions[file.path]?.includes(name) === true) continue;
      if (problem !== undefined) problems.push(`${file.path}: ${name} ${problem}`);
    }
    if (/\bstd::ranges::/.test(file.text)) {
      problems.push(`${file.path}: std::ranges is not in every C++20 library that is supported`);
    }
    graph.set(file.path, headers);
  }
  return [...problems, ...findCircles(graph)];
}
