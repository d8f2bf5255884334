/** The collector against views, buffers, memories and instances that are held apart. */
import assert from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { type CallMemory, type Caller, type Instance, Runtime, offset, u8 } from '../../../lib';
import { assemble } from '../assemble';
import { readInto } from '../byte_stream';

const text = `(module
  (import "env" "host" (func $host (param i32)))
  (memory (export "memory") 1 100)
  (func (export "call") (param i32) (call $host (local.get 0)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))`;

async function collect(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await turn();
  }
}

async function main(): Promise<void> {
  assert(globalThis.gc, 'needs --expose-gc');
  const bytes = await assemble(text);
  for (const memory of [
    { backend: 'mapped' },
    { backend: 'heap' },
    { strategy: 'small-pool', pool: { slots: 8 } },
  ] as const) {
    const runtime = new Runtime({ memory, log: () => undefined });
    const module = runtime.load(bytes);
    let lent: CallMemory | undefined;
    const make = (): Instance =>
      module.instantiate({
        heapSize: 4096,
        imports: {
          env: {
            host: (caller: Caller, value: number) => {
              lent = caller.dataAndMemory().memory;
              lent.bytes[value] = value;
              globalThis.gc?.();
              assert.equal(lent.bytes[value], value);
            },
          },
        },
      });

    // Views are kept, everything they came from is dropped.
    const views: Uint8Array[] = [];
    for (let round = 0; round < 40; round += 1) {
      const instance = make();
      instance.exports['call']?.(round);
      views.push(instance.memory.view(u8, offset(u8, round), 1));
      views.push(instance.malloc(u8, 8).view.fill(round));
    }
    await collect();
    views.forEach((view, index) => {
      const round = index >> 1;
      assert.ok(view.length === 0 ? index % 2 === 1 : view.every((byte) => byte === round));
    });
    assert.throws(() => lent?.bytes, /is over/);

    // Instances are kept, views are dropped, made again, grown away.
    const instances = Array.from({ length: 20 }, make);
    for (let round = 0; round < 20; round += 1) {
      for (const instance of instances) {
        const view = instance.memory.bytes;
        view[100] = round;
        if (round % 4 === 3) {
          instance.exports['grow']?.();
          assert.equal(view.length, 0);
        }
        assert.equal(instance.exports['load']?.(100), round);
      }
      if (round % 5 === 0) await collect();
    }

    // A transferred buffer holds resets up, until it has gone.
    const [first = make()] = instances;
    const taken = new WeakRef(await readInto(first.memory.view(u8, offset(u8, 0), 1), 1));
    first.exports['grow']?.();
    if (taken.deref() !== undefined) {
      assert.throws(() => {
        first.reset();
      }, /transferred/);
    }
    await collect();
    assert.equal(taken.deref(), undefined);
    first.reset();
    assert.equal(first.memory.bytes[0], 0);

    // Closed while views are kept, with the collector in between.
    const kept = instances.map((instance) => instance.memory.bytes);
    instances.forEach((instance) => {
      instance.close();
      globalThis.gc?.();
    });
    for (const view of kept) assert.equal(view.length, 0);
    await collect();
    runtime.close();
    for (const view of views) assert.equal(view.length, 0);
  }
  console.log('ok');
}

void main();
