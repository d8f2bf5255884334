/**
 * Compares what the translator emits for the modules of this folder with the listings beside them:
 *
 *   npx tsx test/golden/run.ts --listing PROGRAM [--folder jit] [--update] [NAME...]
 *
 * PROGRAM is wembed_listing of a CMake build, or wembed_jit_listing for the native tier's in jit/. `--update` writes the listings instead; what changed
 * is then to be read, and is part of the commit. Options for the program stand in the module's
 * first line; `@40000 i32` in a module is so many of them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import loadWabt from 'wabt';
import { assembleLater } from '../assemble_later.js';

const features = {
  bulk_memory: true,
  reference_types: true,
  multi_value: true,
  simd: true,
  threads: true,
  tail_call: true,
  memory64: true,
  multi_memory: true,
};

interface Arguments {
  readonly listing: string;
  readonly folder: string;
  readonly update: boolean;
  readonly names: readonly string[];
}

function parse(args: readonly string[]): Arguments {
  const valueOf = (option: string): string | undefined => {
    const at = args.indexOf(option);
    return at < 0 ? undefined : args[at + 1];
  };
  const listing = valueOf('--listing');
  if (listing === undefined) throw new Error('--listing PROGRAM is missing');
  const folder = join(__dirname, valueOf('--folder') ?? '.');
  const rest = args.filter((_, i) => !['--listing', '--folder'].includes(args[i - 1] ?? ''));
  return {
    listing,
    folder,
    update: rest.includes('--update'),
    names: rest.filter((word) => !word.startsWith('--')),
  };
}

/** The first lines that differ, with their number. */
function difference(wanted: string, found: string): string {
  const a = wanted.split('\n');
  const b = found.split('\n');
  const at = a.findIndex((line, i) => line !== b[i]);
  const line = at < 0 ? a.length : at;
  const show = (lines: readonly string[]): string => lines.slice(line, line + 4).join('\n    ');
  return `line ${line + 1}, wanted\n    ${show(a)}\n  found\n    ${show(b)}`;
}

async function main(): Promise<void> {
  const { listing, folder, update, names } = parse(process.argv.slice(2));
  const wabt = await loadWabt();
  const assemble = (file: string, text: string): Uint8Array => {
    if (text.startsWith(';; binaryen')) return assembleLater(text);
    const module = wabt.parseWat(file, text, features);
    const { buffer } = module.toBinary({});
    module.destroy();
    return buffer;
  };
  const scratch = mkdtempSync(join(tmpdir(), 'wembed-golden-'));
  try {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.wat'))) {
      const name = basename(file, '.wat');
      if (names.length > 0 && !names.includes(name)) continue;
      const text = readFileSync(join(folder, file), 'utf8').replace(
        /@(\d+) (\w+)/g,
        (_, count: string, word: string) => `${word} `.repeat(Number(count)),
      );
      const options = /^;; ((?:--\w+ ?)*)/.exec(text)?.[1]?.trim() ?? '';
      const path = join(scratch, `${name}.wasm`);
      writeFileSync(path, assemble(file, text));
      const words = options === '' ? [] : options.replace(/:$/, '').split(' ');
      const found = execFileSync(listing, [...words, path], { encoding: 'utf8' });
      const golden = join(folder, `${name}.txt`);
      if (update) {
        writeFileSync(golden, found);
      } else if (readFileSync(golden, 'utf8') !== found) {
        console.error(`${name}: ${difference(readFileSync(golden, 'utf8'), found)}`);
        process.exitCode = 1;
      }
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
