// Looks through what was compiled for instructions that change how floats are rounded: fused
// multiply-add, and writes to the processor's rounding register, which the linker puts in with
// -ffast-math.
//   tsx test/rounding/instructions.ts OBJDUMP KNOWN FILE...
// KNOWN is a file that has some, as a test of the search itself.
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';

// x86: vfmadd213sd, vfnmsub..., ldmxcsr; arm64: fmadd, fnmsub, fmla, msr fpcr; RISC-V: fmadd.d, fscsr.
const suspicious = /\t(v?fn?m(add|sub|la|ls)\S*|v?ldmxcsr|msr\s+fpcr|fscsr|fsrm)\b.*/g;

/** Instructions of a file that round otherwise than WebAssembly does, as objdump shows them. */
function wrongInstructions(objdump: string, file: string): string[] {
  const result = spawnSync(objdump, ['-d', '--no-show-raw-insn', file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  if (result.error) throw result.error;
  assert.equal(result.status, 0, result.stderr);
  return [...result.stdout.matchAll(suspicious)].map((match) => match[0].trim());
}

const [objdump = '', known = '', ...files] = process.argv.slice(2);
assert.ok(files.length > 0, 'usage: instructions.ts OBJDUMP KNOWN FILE...');
assert.ok(wrongInstructions(objdump, known).length >= 3, `nothing found in ${known}`);
for (const file of files) {
  const wrong = wrongInstructions(objdump, file);
  assert.deepEqual(wrong.slice(0, 10), [], `${file} has ${wrong.length} of them`);
}
