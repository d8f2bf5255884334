// Writes everything that is generated from the recorded ABI facts and the compatibility tables;
// with --check only says which file is out of date.
//   tsx test/abi/generate.ts [--check]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLayouts, renderAbiProgram, renderLibraryPins } from './assertions';
import { renderChecked } from './checked';
import { renderCompatibility } from './compat';
import { renderThunkCallees } from './thunks';

export const root = join(__dirname, '../..');

/** Path and content of every generated file. */
export function generatedFiles(): Map<string, string> {
  const layouts = readLayouts(root);
  return new Map([
    ['native/capi/layout_asserts.cpp', renderLibraryPins(layouts)],
    ['test/abi/abi.c', renderAbiProgram(layouts)],
    ['test/abi/thunk_cases.h', renderThunkCallees()],
    ['docs/wamr-compat.md', renderCompatibility(root)],
    ['include/wasm_export_checked.h', renderChecked(root)],
  ]);
}

/** The generated files whose content in the working tree is not what would be written. */
export function staleFiles(): string[] {
  const stale: string[] = [];
  for (const [path, text] of generatedFiles()) {
    const file = join(root, path);
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) stale.push(path);
  }
  return stale;
}

function main(check: boolean): void {
  if (!check) {
    for (const [path, text] of generatedFiles()) writeFileSync(join(root, path), text);
    return;
  }
  const stale = staleFiles();
  for (const path of stale) console.error(`out of date: ${path} (run tsx test/abi/generate.ts)`);
  if (stale.length > 0) process.exitCode = 1;
}

if (require.main === module) main(process.argv.includes('--check'));
