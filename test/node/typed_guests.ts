/** The guests of test/debug, compiled as tests want them, and what is generated for them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import * as wembed from '../../lib';
import { emitTypeScript } from '../../lib/types/emit_typescript';
import { type Found, type Sources, findTypes } from '../../lib/types/sources';

export const folder = mkdtempSync(join(tmpdir(), 'wembed-typed-'));
const sources = resolve(__dirname, '../debug');

function find(...names: string[]): string | undefined {
  return names.find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

const versions = ['', '-14', '-15', '-16', '-17', '-18', '-19'];
const clang = find(...versions.map((version) => `clang${version}`));
const linker = find(...versions.map((version) => `wasm-ld${version}`));
const packer = find(...versions.map((version) => `llvm-dwp${version}`));

/** Why guests cannot be compiled; empty: they can. */
export const missing =
  clang === undefined || linker === undefined
    ? 'guests in C need clang and lld (apt-get install clang lld)'
    : '';

export interface GuestOptions {
  /** `-O2 -gdwarf-5` by default. */
  readonly flags?: readonly string[];
  /** For 64-bit addresses. */
  readonly wide?: boolean;
  /** Its stack pointer is not exported, its table not. */
  readonly bare?: boolean;
}

/** The path of the compiled file. */
export function compileGuest(
  source: string,
  { flags = ['-O2', '-gdwarf-5'], bare, wide }: GuestOptions = {},
): string {
  const name = `${basename(source).replace('.', '_')}${flags.join('')}${bare === true ? 'bare' : ''}${wide === true ? '64' : ''}`;
  const object = join(folder, `${name}.o`);
  const file = join(folder, `${name}.wasm`);
  if (existsSync(file)) return file;
  execFileSync(clang ?? '', [
    ...[
      `--target=wasm${wide === true ? 64 : 32}`,
      '-g',
      '-ffreestanding',
      '-fno-builtin',
      '-mmutable-globals',
    ],
    ...['-fno-exceptions', '-fno-rtti', '-Wno-unused-command-line-argument', ...flags],
    ...['-c', join(sources, source), '-o', object],
  ]);
  const exported =
    bare === true ? [] : ['--export=__stack_pointer', '--export-table', '--growable-table'];
  execFileSync(linker ?? '', [
    ...(wide === true ? ['-mwasm64'] : []),
    '--no-entry',
    '--allow-undefined',
    ...exported,
    object,
    '-o',
    file,
  ]);
  return file;
}

/** Levels of optimization and versions of DWARF. */
const variants = ['-O0', '-O2', '-Os'].flatMap((level) =>
  ['-gdwarf-4', '-gdwarf-5'].map((version) => [level, version]),
);

/** Where the debugging information of a module may be. */
const forms = ['embedded', 'stripped', 'external', 'split', 'packaged'] as const;
export type Form = (typeof forms)[number];

/** What is tried: all levels and versions, and a few where the information seldom is. */
export const builds = forms.flatMap((form) => {
  const isRare = form === 'external' || form === 'packaged';
  return variants
    .filter((_, i) => !isRare || i === 0 || i === 3)
    .map((flags) => [form, flags] as const);
});

/** The compiled file with its information there; undefined: there are no tools for it. */
export function compileAs(
  form: Form,
  source: string,
  flags: readonly string[],
): Pick<Sources, 'file' | 'dwarf'> | undefined {
  const split = [...flags, '-gsplit-dwarf'];
  switch (form) {
    case 'embedded':
      return { file: compileGuest(source, { flags }) };
    case 'stripped': {
      const whole = compileGuest(source, { flags });
      return { file: strip(whole), dwarf: whole };
    }
    case 'external': {
      const whole = compileGuest(source, { flags });
      const file = whole.replace('.wasm', '.external.wasm');
      const stripped = readFileSync(strip(whole));
      const link = customSection('external_debug_info', withLength(basename(whole)));
      writeFileSync(file, Buffer.concat([stripped, link]));
      return { file };
    }
    case 'split':
      return { file: compileGuest(source, { flags: split }) };
    case 'packaged': {
      if (packer === undefined) return undefined;
      const file = compileGuest(source, { flags: [...split, '-fdebug-types-section'] });
      const single = file.replace('.wasm', '.dwo');
      // What it says of relocations is of no use to anybody.
      if (existsSync(single))
        execFileSync(packer, [single, '-o', `${file}.dwp`], { stdio: 'pipe' });
      rmSync(single, { force: true });
      return { file };
    }
  }
}

const withLength = (text: string): Buffer =>
  Buffer.concat([Uint8Array.of(text.length), Buffer.from(text)]);

/** Of less than 128 bytes. */
function customSection(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([withLength(name), content]);
  return Buffer.concat([Uint8Array.of(0, body.length), body]);
}

/** A copy without debugging information and names. */
export function strip(file: string): string {
  const bytes = readFileSync(file);
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length;) {
    const start = at++;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
    if (bytes[start] !== 0) kept.push(bytes.subarray(start, at));
  }
  const target = file.replace('.wasm', '.stripped.wasm');
  writeFileSync(target, Buffer.concat(kept));
  return target;
}

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment -- of what is generated nobody knows the type here */
export interface Generated {
  readonly found: Found;
  readonly code: string;
  readonly declarations: string;
  /** What the generated file exports. */
  readonly exports: any;
}

/** Generates the files for a module, and runs the JavaScript. */
export function generate(file: string, more: Partial<Sources> = {}): Generated {
  using runtime = new wembed.Runtime({ log: () => undefined });
  const found = findTypes(runtime, { file, bytes: readFileSync(file), ...more });
  const made = emitTypeScript(found.description, found.file, {
    name: basename(file),
    format: 'cjs',
  });
  const module = { exports: {} as any };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- generated above
  new Function('require', 'module', made.code)(() => wembed, module);
  return { found, ...made, exports: module.exports };
}
