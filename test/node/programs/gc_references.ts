/** A million calls with a fresh object each: JavaScript's heap does not grow with them. */
import assert from 'node:assert';
import { Runtime } from '../../../lib';
import { assemble } from '../assemble';

const text = `(module
  (global $kept (export "kept") (mut externref) (ref.null extern))
  (func (export "pass") (param externref))
  (func (export "keep") (param externref) (global.set $kept (local.get 0))))`;

interface Functions {
  readonly pass: (value: unknown) => void;
  readonly keep: (value: unknown) => void;
}

const calls = 1_000_000;

function used(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

async function main(): Promise<void> {
  assert(globalThis.gc, 'needs --expose-gc');
  const runtime = new Runtime();
  const instance = runtime.load(await assemble(text)).instantiate<Functions>();
  const { pass, keep } = instance.exports;
  const kept = { kept: true };
  keep(kept);
  pass({});
  const before = used();
  for (let i = 0; i < calls; i += 1) pass({ i });
  const after = used();
  assert(after - before < 4, `${(after - before).toFixed(1)} MiB more than before`);
  assert(instance.global('kept').value === kept);
  const weak = new WeakRef(kept);
  assert(weak.deref() === kept);
  keep(null);
  assert(instance.collect() > 0);
  runtime.close();
  console.log('ok');
}

void main();
