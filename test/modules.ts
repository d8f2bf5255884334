/**
 * Assembles the .wat files of test/modules and examples into OUT/NAME.wasm, which C test programs
 * and examples load. Run by the CMake build; names have to be unique.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import loadWabt from 'wabt';
import { assembleAhead, assembleLater } from './assemble_later.js';

const root = resolve(__dirname, '..');
const sources = ['test/modules', 'examples/c', 'examples/node'];

/** How a text begins whose instructions wabt does not know. */
const later = ';; binaryen';

const features = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
  simd: true,
  threads: true,
  tail_call: true,
  extended_const: true,
  memory64: true,
  multi_memory: true,
  exceptions: true,
};

function watFiles(): string[] {
  return sources.flatMap((folder) => {
    const path = join(root, folder);
    try {
      return readdirSync(path)
        .filter((name) => name.endsWith('.wat'))
        .map((name) => join(path, name));
    } catch {
      return []; // A folder that does not exist has no modules.
    }
  });
}

async function main(): Promise<void> {
  const [out] = process.argv.slice(2);
  if (out === undefined) throw new Error('usage: modules.ts OUT');
  const wabt = await loadWabt();
  const seen = new Map<string, string>();
  mkdirSync(out, { recursive: true });
  const paths = watFiles().sort();
  const texts = paths.map((path) => readFileSync(path, 'utf8'));
  assembleAhead(texts.filter((text) => text.startsWith(later)));
  for (const [index, path] of paths.entries()) {
    const name = basename(path, '.wat');
    const other = seen.get(name);
    if (other !== undefined) throw new Error(`${path} and ${other} have the same name`);
    seen.set(name, path);
    const text = texts[index] ?? '';
    if (text.startsWith(later)) {
      writeFileSync(join(out, `${name}.wasm`), assembleLater(text));
      continue;
    }
    const module = wabt.parseWat(path, text, features);
    writeFileSync(join(out, `${name}.wasm`), module.toBinary({ write_debug_names: true }).buffer);
    module.destroy();
  }
  console.log(`assembled ${seen.size} modules into ${out}`);
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
