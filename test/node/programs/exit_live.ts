/** The process ends cleanly while everything is alive, by returning from main. */
import { Runtime, u8 } from '../../../lib';
import { assemble } from '../assemble';

const kept: unknown[] = [];

async function main(): Promise<void> {
  const bytes = await assemble(`(module (import "e" "f" (func $f)) (memory (export "memory") 1)
    (func (export "run") (call $f)))`);
  for (const backend of ['mapped', 'heap'] as const) {
    const runtime = new Runtime({ memory: { backend }, log: () => undefined });
    const instance = runtime.load(bytes).instantiate({
      heapSize: 1024,
      imports: { e: { f: () => kept.length } },
    });
    instance.exports['run']?.();
    kept.push(runtime, instance, instance.memory.bytes, instance.malloc(u8, 8), instance.exports);
  }
  console.log('ok');
}

void main();
