/**
 * Makes test/unit/jit/encodings.def: what the system's assembler makes of the instructions that
 * unit_jit_encodings lists.
 *
 *   npx tsx test/jit/encodings.ts --program out/cmake/test/unit_jit_encodings
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { program: { type: 'string' } } });
if (values.program === undefined) throw new Error('--program: the test that lists instructions');

/** Bytes of each instruction, by the assembler's listing: one line has up to so many. */
function assemble(folder: string, instructions: string[]): string[] {
  const source = join(folder, 'all.s');
  writeFileSync(source, `.intel_syntax noprefix\n${instructions.join('\n')}\n`);
  const listing = execFileSync(
    'as',
    ['--64', '-al', '--listing-lhs-width=8', '-o', join(folder, 'all.o'), source],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  const bytes: string[] = instructions.map(() => '');
  for (const line of listing.split('\n')) {
    const found = /^ *(\d+) [0-9a-f]{4,} ([0-9A-F ]+?)(?:\s*\t|\s{2,}|$)/.exec(line);
    const index = Number(found?.[1]) - 2;
    const text = (found?.[2] ?? '').replaceAll(' ', '').toLowerCase();
    if (index >= 0 && index < bytes.length) bytes[index] = `${bytes[index] ?? ''}${text}`;
  }
  return bytes;
}

const folder = mkdtempSync(join(tmpdir(), 'wembed-encodings-'));
try {
  const list = join(folder, 'list.txt');
  execFileSync(values.program, { env: { ...process.env, WEMBED_ENCODINGS: list } });
  const instructions = readFileSync(list, 'utf8').trimEnd().split('\n');
  const bytes = assemble(folder, instructions);
  const missing = bytes.indexOf('');
  if (missing >= 0) throw new Error(`no bytes of ${instructions[missing] ?? ''}`);
  writeFileSync('test/unit/jit/encodings.def', bytes.map((text) => `"${text}",\n`).join(''));
} finally {
  rmSync(folder, { recursive: true });
}
