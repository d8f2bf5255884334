/** Assembles modules/*.wat, the small modules of the embedding operations, and one that is long. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import loadWabt from 'wabt';
import { assembleLater } from '../test/assemble_later.js';

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

/** A function that calls 500 others, each of about 150 bytes with the usual kinds of code, once. */
function firstCallsModule(): string {
  const numbers = Array.from({ length: 500 }, (_, i) => i);
  const functions = numbers.map(
    (i) => `(func $f${i} (param $x i32) (result i32) (local $i i32) (local $sum f64)
      (block $out (loop $again
        (br_if $out (i32.ge_u (local.get $i) (i32.const ${(i % 7) + 1})))
        (i32.store (i32.shl (local.get $i) (i32.const 2)) (i32.add (local.get $x) (local.get $i)))
        (if (i32.and (local.get $i) (i32.const 1))
          (then (local.set $sum (f64.add (local.get $sum) (f64.convert_i32_u (local.get $x)))))
          (else (local.set $x (i32.xor (i32.load offset=${i * 4} (local.get $i)) (i32.const ${i})))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $again)))
      (i32.add (i32.trunc_sat_f64_s (local.get $sum)) (i32.mul (local.get $x) (i32.const ${i}))))`,
  );
  const calls = numbers.map((i) => `(local.set 0 (call $f${i} (local.get 0)))`);
  return `(module (memory 1) ${functions.join('\n')}
    (func (export "run") (param i32) (result i32) ${calls.join('\n')} (local.get 0)))`;
}

/** The folder with the assembled modules. */
export async function assembleModules(): Promise<string> {
  const wabt = await loadWabt();
  mkdirSync(output, { recursive: true });
  const assemble = (name: string, text: string): void => {
    if (text.startsWith(';; binaryen')) {
      writeFileSync(join(output, `${name}.wasm`), assembleLater(text));
      return;
    }
    const features = { bulk_memory: true, threads: true, exceptions: true };
    const module = wabt.parseWat(`${name}.wat`, text, features);
    writeFileSync(join(output, `${name}.wasm`), module.toBinary({}).buffer);
    module.destroy();
  };
  for (const file of readdirSync(sources).filter((name) => name.endsWith('.wat'))) {
    assemble(basename(file, '.wat'), readFileSync(join(sources, file), 'utf8'));
  }
  assemble('table_10000', tableModule());
  assemble('first_calls', firstCallsModule());
  return output;
}
