/** Assembles modules/*.wat, the small modules of the embedding operations, and one that is long. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import loadWabt from 'wabt';

const sources = join(__dirname, 'modules');
const output = resolve(__dirname, '..', 'out', 'bench', 'modules');

/** A table whose 10,000 elements are as many functions, of which a guest calls one. */
function tableModule(): string {
  const numbers = Array.from({ length: 10_000 }, (_, i) => i);
  const functions = numbers.map((i) => `(func (type $f) (i32.const ${i}))`);
  return `(module (type $f (func (result i32)))
    (memory (export "memory") 2)
    (table 10000 funcref)
    ${functions.join('\n')}
    (elem (i32.const 0) ${numbers.join(' ')})
    (func (export "run") (param i32) (result i32)
      (call_indirect (type $f) (local.get 0))))`;
}

/** The folder with the assembled modules. */
export async function assembleModules(): Promise<string> {
  const wabt = await loadWabt();
  mkdirSync(output, { recursive: true });
  const assemble = (name: string, text: string): void => {
    const module = wabt.parseWat(`${name}.wat`, text, { bulk_memory: true });
    writeFileSync(join(output, `${name}.wasm`), module.toBinary({}).buffer);
    module.destroy();
  };
  for (const file of readdirSync(sources).filter((name) => name.endsWith('.wat'))) {
    assemble(basename(file, '.wat'), readFileSync(join(sources, file), 'utf8'));
  }
  assemble('table_10000', tableModule());
  return output;
}
