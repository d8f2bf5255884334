/** A buffer that is never freed is freed by the collector, with a warning where it was made. */
import assert from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { Runtime, u8 } from '../../../lib';
import { assemble } from '../assemble';

async function main(): Promise<void> {
  assert(globalThis.gc, 'needs --expose-gc');
  const warnings: Error[] = [];
  process.on('warning', (warning) => warnings.push(warning));
  const runtime = new Runtime({ leakWarnings: true });
  const bytes = await assemble('(module (memory (export "memory") 1))');
  const instance = runtime.load(bytes).instantiate({ heapSize: 8192 });

  function forgetful(): number {
    return instance.malloc(u8, 4000).offset;
  }
  const first = forgetful();
  instance.malloc(u8, 100).free();
  for (let round = 0; round < 10 && warnings.length === 0; round += 1) {
    globalThis.gc();
    await turn();
  }
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]?.message ?? '', /4000 u8 at offset \d+ was never freed/);
  assert.match(warnings[0]?.message ?? '', /at forgetful/);
  // The memory is the guest's again.
  assert.equal(instance.malloc(u8, 4000).release(), first);

  const quiet = new Runtime().load(bytes).instantiate({ heapSize: 8192 });
  for (let round = 0; round < 100; round += 1) {
    quiet.malloc(u8, 4000);
    if (round % 2 === 1) {
      globalThis.gc();
      await turn();
      await turn();
    }
  }
  assert.equal(warnings.length, 1);
  console.log('ok');
}

void main();
