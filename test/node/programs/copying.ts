/** Where Node allows no buffers over foreign memory: reads and writes copy, views throw. */
import assert from 'node:assert';
import { Runtime, UsageError, cstring, f32, struct, u8 } from '../../../lib';
import { assemble } from '../assemble';

async function main(): Promise<void> {
  assert.equal(process.env['WEMBED_NO_EXTERNAL_BUFFERS'], '1');
  const bytes = await assemble(`(module (memory (export "memory") 1 8)
    (func (export "load") (param i32) (result f32) (f32.load (local.get 0)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1))))`);
  for (const backend of ['mapped', 'heap'] as const) {
    using runtime = new Runtime({ memory: { backend } });
    const instance = runtime.load(bytes).instantiate({ heapSize: 4096 });
    const { memory } = instance;
    assert.equal(memory.shareable, false);
    assert.throws(() => memory.buffer, UsageError);
    assert.throws(() => memory.bytes, UsageError);
    assert.throws(() => memory.view(u8), UsageError);
    using samples = instance.malloc(f32, 5);
    assert.throws(() => samples.view, UsageError);
    samples.set(2, 1.5);
    assert.equal(instance.exports['load']?.(samples.offset + 8), 1.5);
    assert.deepEqual(samples.toArray(), [0, 0, 1.5, 0, 0]);
    memory.writeBytes(100, Uint8Array.of(1, 2, 3));
    assert.deepEqual([...memory.readBytes(99, 5)], [0, 1, 2, 3, 0]);
    const point = struct({ x: f32, tag: u8 });
    memory.write(point, 200, { x: 2.5, tag: 3 });
    assert.deepEqual(memory.read(point, 200), { x: 2.5, tag: 3 });
    memory.write(cstring, 300, 'grüße');
    assert.equal(memory.readString(300), 'grüße');
    assert.equal(memory.readString(300, 2), 'gr');
    const { pages } = memory;
    assert.equal(instance.exports['grow']?.(), pages);
    assert.equal(memory.size, (pages + 1) * 65536);
    const last = memory.size - 1;
    memory.write(u8, last, 9);
    assert.equal(memory.read(u8, last), 9);
    assert.throws(() => memory.read(f32, last - 1), RangeError);
    using text = instance.dup('text');
    assert.equal(String(text), 'text');
  }
  console.log('ok');
}

void main();
