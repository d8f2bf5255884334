/**
 * Libraries to link against that offer what glibc had at a given version and nothing newer. What is
 * linked against them runs wherever that version or a later one is installed. They have names,
 * versions and sizes only; no code of theirs is ever run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readElf, type ElfSymbol } from './elf.js';

/** As [2, 28]. */
export type GlibcVersion = readonly [major: number, minor: number];

export function parseGlibcVersion(text: string): GlibcVersion | undefined {
  const [, major, minor] = /^GLIBC_(\d+)\.(\d+)(?:\.\d+)?$/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

export function isNewer(version: GlibcVersion, than: GlibcVersion): boolean {
  return version[0] > than[0] || (version[0] === than[0] && version[1] > than[1]);
}

/** These had libraries of their own until 2.34; they are still there, empty, to be asked for. */
const isOfThreads = (name: string): boolean => /^(pthread|sem)_/.test(name);
const isOfLoading = (name: string): boolean => /^dl(open|sym|close|error)$/.test(name);

/** For each name the newest form that is not newer than `floor`. */
function offered(symbols: ElfSymbol[], floor: GlibcVersion): ElfSymbol[] {
  const best = new Map<string, { symbol: ElfSymbol; version: GlibcVersion }>();
  for (const symbol of symbols) {
    const version = parseGlibcVersion(symbol.version);
    if (!symbol.isDefined || version === undefined || isNewer(version, floor)) continue;
    if (symbol.name === symbol.version) continue; // the version's own entry
    const other = best.get(symbol.name);
    if (other === undefined || isNewer(version, other.version)) {
      best.set(symbol.name, { symbol, version });
    }
  }
  return [...best.values()].map(({ symbol }) => symbol);
}

/** One definition; the dot in `label` keeps it apart from every name of C's. */
function assembly({ name, version, kind, size }: ElfSymbol): string {
  const label = `stub.${name}`;
  const bytes = Math.max(size, 1);
  const [section, type] =
    kind === 'function'
      ? ['.text', '%function']
      : kind === 'tls'
        ? ['.section .tbss,"awT",%nobits', '%tls_object']
        : ['.bss', '%object'];
  return (
    `${section}\n.globl "${label}"\n.type "${label}",${type}\n"${label}": .zero ${String(bytes)}\n` +
    `.size "${label}",${String(bytes)}\n.symver "${label}","${name}@@${version}",remove\n`
  );
}

function run(command: string, args: string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${result.stderr}`);
  return result.stdout.trim();
}

function writeStub(folder: string, soname: string, symbols: ElfSymbol[], compiler: string): string {
  const versions = [...new Set(symbols.map(({ version }) => version))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const path = join(folder, soname);
  const [source, map] = [`${path}.s`, `${path}.map`];
  const note = '.section .note.GNU-stack,"",%progbits\n';
  writeFileSync(source, symbols.map(assembly).join('') + note);
  writeFileSync(map, versions.map((name) => `${name} { };\n`).join(''));
  const options = ['-nostdlib', '-shared', `-Wl,-soname,${soname}`, `-Wl,--version-script,${map}`];
  run(compiler, [...options, '-o', path, source]);
  return path;
}

/**
 * Writes the stubs of the glibc that `compiler` (gcc, for whatever processor) links against.
 * Returns their paths, in the order to link them in.
 */
export function writeStubLibraries(
  folder: string,
  compiler: string,
  floor: GlibcVersion,
): string[] {
  mkdirSync(folder, { recursive: true });
  const libraryPath = run(compiler, ['-print-file-name=libc.so.6']);
  if (!existsSync(libraryPath)) throw new Error(`${compiler} has no libc.so.6`);
  const libc = readElf(libraryPath);
  const loaderName = libc.needed.find((name) => name.startsWith('ld-linux'));
  if (loaderName === undefined) throw new Error(`${libraryPath} names no loader`);
  const beside = (name: string): string => join(dirname(libraryPath), name);
  const loaderPath = existsSync(beside(loaderName)) ? beside(loaderName) : `/lib64/${loaderName}`;
  const ofLibc = offered(libc.symbols, floor);
  const libraries: [string, ElfSymbol[]][] = [
    ['libm.so.6', offered(readElf(beside('libm.so.6')).symbols, floor)],
    ['libpthread.so.0', ofLibc.filter(({ name }) => isOfThreads(name))],
    ['libdl.so.2', ofLibc.filter(({ name }) => isOfLoading(name))],
    ['libc.so.6', ofLibc.filter(({ name }) => !isOfThreads(name) && !isOfLoading(name))],
    [loaderName, offered(readElf(loaderPath).symbols, floor)],
  ];
  return libraries.map(([soname, symbols]) => writeStub(folder, soname, symbols, compiler));
}
