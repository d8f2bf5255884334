/** 5,000 instances that live at the same time, each with its memory, and go again. */
import assert from 'node:assert';
import { type Instance, Runtime } from '../../../lib';
import { assemble } from '../assemble';

const text = `(module (memory (export "memory") 2 10)
  (func (export "add") (param i32) (result i32)
    (i32.store (i32.const 70000) (i32.add (i32.load (i32.const 70000)) (local.get 0)))
    (i32.load (i32.const 70000)))
  (func (export "fault") (drop (i32.load (i32.const 200000)))))`;

async function main(): Promise<void> {
  const runtime = new Runtime();
  const module = runtime.load(await assemble(text));
  const all: Instance[] = Array.from({ length: 5000 }, () => module.instantiate());
  for (let round = 1; round <= 2; round += 1) {
    for (const [index, instance] of all.entries()) {
      assert.equal(instance.exports['add']?.(index), index * round);
    }
  }
  assert.throws(() => all[2500]?.exports['fault']?.(), /out of bounds/);
  // Some go, others come in their place, and none sees what is another's.
  for (let index = 0; index < all.length; index += 3) {
    all[index]?.close();
    all[index] = module.instantiate();
  }
  for (const [index, instance] of all.entries()) {
    assert.equal(instance.exports['add']?.(1), index % 3 === 0 ? 1 : index * 2 + 1);
  }
  runtime.close();
  assert.ok(all.every((instance) => instance.closed));
  console.log('ok');
}

void main();
