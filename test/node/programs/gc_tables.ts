/** Host functions in tables are let go once they are overwritten; many take no time to replace. */
import assert from 'node:assert';
import { Runtime, hostFunction } from '../../../lib';
import { assemble } from '../assemble';

const text = `(module
  (table (export "table") 10 20000 funcref)
  (func (export "call") (param i32) (result i32)
    (call_indirect (result i32) (local.get 0)))
  (func (export "drop") (param i32) (table.set (local.get 0) (ref.null func))))`;

const results = ['i32'] as const;

async function collected(what: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < 20 && what.deref() !== undefined; round += 1) {
    await new Promise(setImmediate);
    globalThis.gc?.();
  }
  return what.deref() === undefined;
}

async function main(): Promise<void> {
  using runtime = new Runtime();
  const instance = runtime.load(await assemble(text)).instantiate();
  const table = instance.table('table');
  const put = (index: number, value: number): WeakRef<object> => {
    const fn = (): number => value;
    table.set(index, hostFunction({ results }, fn));
    return new WeakRef(fn);
  };

  const first = put(0, 1);
  const second = put(1, 2);
  assert.equal(await collected(first), false);
  table.set(0, null);
  assert.equal(await collected(first), true);
  assert.equal(instance.exports['call']?.(1), 2);

  // What the guest has overwritten goes with the next that is.
  instance.exports['drop']?.(1);
  put(0, 3);
  put(0, 4);
  assert.equal(await collected(second), true);

  // JavaScript may hold the function that stands for it.
  const held: { made?: unknown } = {};
  const third = ((): WeakRef<object> => {
    const fn = put(2, 5);
    held.made = table.get(2);
    table.set(2, null);
    return fn;
  })();
  assert.equal(await collected(third), false);
  (() => {
    assert.equal((held.made as () => number)(), 5);
    table.set(3, held.made);
    delete held.made;
  })();
  assert.equal(await collected(third), false);
  assert.equal(instance.exports['call']?.(3), 5);
  table.set(3, null);
  // The one that stood for it is collected before it is.
  for (let round = 0; round < 10 && !(await collected(third)); round += 1) {
    put(0, round);
    put(0, round);
  }
  assert.equal(await collected(third), true);

  // A full table, of which each element is replaced again and again.
  table.grow(19_990);
  const fill = async (round: number): Promise<void> => {
    for (let index = 0; index < 20_000; index += 1) {
      table.set(
        index,
        hostFunction({ results }, () => round + index),
      );
    }
    await new Promise(setImmediate);
  };
  const rss = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().rss;
  };
  // Some engines free what is replaced several rounds later: from then on nothing is added.
  for (let round = 0; round < 8; round += 1) await fill(round);
  const before = rss();
  for (let round = 8; round < 14; round += 1) await fill(round);
  const grown = (rss() - before) / 2 ** 20;
  console.log(`120,000 replaced: ${grown.toFixed(1)} MiB more`);
  // All of them would be 70 MiB; what was freed is kept aside for a while by a sanitizer.
  assert.ok(grown < 40 || process.env.WEMBED_SANITIZE !== undefined, `${grown} MiB more`);
  assert.equal(instance.exports['call']?.(19_999), 13 + 19_999);

  // Closing lets go of all.
  const last = put(0, 10);
  instance.close();
  assert.equal(await collected(last), true);
  console.log('ok');
}

void main();
