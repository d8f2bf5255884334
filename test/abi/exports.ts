// Checks the symbols libwembed.so exports: the implemented functions of native/capi/functions.def,
// those that the headers of wembed's own declare, those of native/porting/functions.def, and nothing
// else.
//   tsx test/abi/exports.ts LIBRARY
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readFunctions, readPorting } from './compat';
import { root } from './generate';

/** Differences between what a library exports and what it should, as sentences. */
export function exportFaults(library: string): string[] {
  const listing = execFileSync('readelf', ['-W', '--dyn-syms', library], { encoding: 'utf8' });
  // Columns: number, value, size, type, binding, visibility, section, name.
  const exported = new Set(
    listing
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((symbol) => symbol[4] !== 'LOCAL' && symbol[5] === 'DEFAULT' && symbol[6] !== 'UND')
      .map((symbol) => symbol[7]?.replace(/@.*/, ''))
      .filter((name) => name !== undefined),
  );
  const implemented = readFunctions(root)
    .filter((row) => row.state === 'Implemented' || row.state === 'Absent')
    .map((row) => row.name);
  const header = readdirSync(join(root, 'include'))
    .filter((name) => name.startsWith('wembed'))
    .map((name) => readFileSync(join(root, 'include', name), 'utf8'))
    .join('\n')
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/static inline[^{]*/g, '');
  const additions = [...header.matchAll(/\b(wembed_\w+)\(/g)].map((match) => match[1] ?? '');
  const ported = [...readPorting(root).values()].flat();
  const expected = new Set([...implemented, ...additions, ...ported]);

  const faults: string[] = [];
  for (const name of expected) {
    if (!exported.has(name)) faults.push(`${name} is offered but not exported`);
  }
  for (const name of exported) {
    if (!expected.has(name)) faults.push(`${name} is exported but listed nowhere`);
  }
  return faults;
}

if (require.main === module) {
  const library = process.argv[2];
  if (library === undefined) throw new Error('usage: exports.ts LIBRARY');
  const faults = exportFaults(library);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
