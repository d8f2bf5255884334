/** A worker of workers.ts. */
import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { Runtime, Trap, u8 } from '../../../lib';

const { bytes, mode } = workerData as { bytes: Uint8Array; mode: string };

let waited = 0;

const runtime = new Runtime();
const instance = runtime.load(bytes).instantiate({
  heapSize: 4096,
  imports: {
    e: {
      f: (caller, value: number) => {
        if (mode !== 'promise' || !caller.canWait) return value;
        // The first ones settle, the last one never does.
        waited += 1;
        if (waited === 5) running();
        return waited < 5 ? Promise.resolve(value) : new Promise(() => undefined);
      },
    },
  },
});

for (let round = 0; round < 200; round += 1) {
  assert.equal(instance.exports['add']?.(round, 1), round + 1);
  assert.throws(() => instance.exports['fault']?.(), Trap);
}
const view = instance.memory.bytes;
instance.exports['grow']?.();
assert.equal(view.length, 0);
instance.malloc(u8, 16).view.fill(1);

function running(): void {
  parentPort?.postMessage('running');
}

switch (mode) {
  case 'exit':
    process.exit(7);
    break;
  case 'throw':
    throw new Error('on purpose');
  case 'hosts':
    running();
    instance.exports['ask']?.();
    break;
  case 'deadline':
    // Nothing but its own bounds stops a guest that never calls out.
    running();
    instance.call('forever', [], { deadline: 200 });
    break;
  case 'async':
    void instance.callAsync('forever');
    running();
    break;
  case 'asyncHosts':
    void instance.callAsync('ask');
    running();
    break;
  case 'promise':
    void instance.callAsync('ask');
    setInterval(() => undefined, 1000);
    break;
  default:
}
