/** Handles that nobody holds are collected with what they own, imports and cycles included. */
import assert from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { type Instance, Runtime, f32, u8 } from '../../../lib';
import { assemble } from '../assemble';

const text = `(module
  (import "env" "host" (func $host (param externref)))
  (memory (export "memory") 1 100)
  (table (export "table") 10 funcref)
  (func (export "call") (param externref) (call $host (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))`;

/** Five times, and on until what should be gone is: a busy machine tells it late. */
async function collect(isDone: () => boolean = () => true): Promise<void> {
  for (let round = 0; round < 5 || (round < 200 && !isDone()); round += 1) {
    globalThis.gc?.();
    await turn();
  }
}

async function main(): Promise<void> {
  assert(globalThis.gc, 'needs --expose-gc');
  const bytes = await assemble(text);
  const runtime = new Runtime();
  const module = runtime.load(bytes);
  const gone: string[] = [];
  const watch = new FinalizationRegistry<string>((name) => gone.push(name));

  function makeMany(count: number): void {
    for (let round = 0; round < count; round += 1) {
      // The host function and an externref refer to the instance: a cycle through the addon.
      const instance: Instance = module.instantiate({
        heapSize: 4096,
        imports: { env: { host: (_caller, value: never) => assert.equal(value, instance) } },
      });
      instance.exports['call']?.(instance);
      instance.memory.bytes[0] = 1;
      instance.malloc(f32, 4).view.fill(1);
      instance.table('table').set(0, instance.exports['load']);
      watch.register(instance, `instance ${round}`);
    }
  }

  makeMany(200);
  await collect(() => gone.length >= 190);
  assert.ok(gone.length >= 190, `only ${gone.length} of 200 instances were collected`);

  // Nothing grows with the number of instances that come and go.
  makeMany(1000);
  await collect();
  const before = process.memoryUsage.rss();
  makeMany(4000);
  await collect();
  const grown = process.memoryUsage.rss() - before;
  // Freed memory is kept aside for a while by a sanitizer.
  const most = process.env.WEMBED_SANITIZE === undefined ? 64 << 20 : 512 << 20;
  assert.ok(grown < most, `grew by ${grown} bytes`);

  // What a closed instance had goes while another that it used lives on, and so does what was put
  // into that one's table and overwritten.
  const library = module.instantiate({ imports: { env: { host: () => undefined } } });
  const linked = runtime.load(
    await assemble(`(module (import "lib" "load" (func (param i32) (result i32)))
      (import "env" "host" (func $host)) (memory 1) (func (export "run") (call $host)))`),
  );
  gone.length = 0;
  for (let round = 0; round < 200; round += 1) {
    const host = (): void => undefined;
    watch.register(host, `host function ${round}`);
    const user = linked.instantiate({ imports: { lib: library, env: { host } } });
    if (round % 2 === 0) library.table('table').set(0, user.exports['run']);
    user.close();
  }
  await collect(() => gone.length >= 190);
  assert.ok(gone.length >= 190, `only ${gone.length} of 200 host functions were collected`);
  library.close();

  // A view keeps its instance, and so does a function.
  const view = ((): Uint8Array => {
    const instance = module.instantiate({ imports: { env: { host: () => undefined } } });
    const made = instance.memory.view(u8, 16, 4);
    made.set([1, 2, 3, 4]);
    return made;
  })();
  const load = module.instantiate({ imports: { env: { host: () => undefined } } }).exports['load'];
  await collect();
  assert.deepEqual([...view], [1, 2, 3, 4]);
  assert.equal(load?.(0), 0);

  // Whole runtimes, from the root on, in any order.
  for (let round = 0; round < 50; round += 1) {
    const lost = new Runtime().load(bytes);
    lost.instantiate({ imports: { env: { host: () => undefined } } }).exports['load']?.(0);
  }
  await collect();

  // Linked instances live together, and go together.
  ((): void => {
    const user = runtime.load(bytes);
    const one = module.instantiate({ imports: { env: { host: () => undefined } } });
    const other = user.instantiate({
      imports: { env: { host: one.exports['call'] as () => unknown } },
    });
    other.exports['call']?.(null);
    watch.register(one, 'linked');
    watch.register(other, 'linked');
  })();
  const linkedGone = (): number => gone.filter((name) => name === 'linked').length;
  await collect(() => linkedGone() === 2);
  assert.equal(linkedGone(), 2);
  console.log('ok');
}

void main();
