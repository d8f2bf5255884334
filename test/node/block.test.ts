/** Everything in one block: how large it has to be, and that nothing is taken besides. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  CompileError,
  ResourceError,
  Runtime,
  Trap,
  UsageError,
  WembedError,
  requirementsOf,
} from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "twice" (func $twice (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (table 4 funcref) (elem (i32.const 0) $started $work)
  (data (i32.const 8) "some text")
  (func $started (i32.store (i32.const 0) (i32.const 7)))
  (start $started)
  (func $work (export "work") (param i32) (result i32)
    (i32.add (call $twice (local.get 0)) (i32.load (i32.const 0))))
  (func (export "loop") (loop (br 0)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "fault") (result i32) (i32.load (i32.const -4))))`;

const imports = { env: { twice: (_caller: unknown, value: number) => value * 2 } };

interface Exports {
  work(value: number): number;
  loop(): void;
  grow(): number;
  fault(): number;
}

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await assemble(text);
});

function blockOf(pool: number): Runtime {
  return new Runtime({ allocator: { pool, noSystemMemory: true }, translateEarly: true });
}

/** Everything the block was measured for. */
function use(pool: number, stackSize?: number): number {
  using runtime = blockOf(pool);
  using module = runtime.load(bytes);
  using instance = module.instantiate<Exports>({ imports, ...(stackSize && { stackSize }) });
  return instance.exports.work(4);
}

test('the block is large enough, and 16 bytes less are not', () => {
  for (const stackSize of [undefined, 4096]) {
    const needs = requirementsOf(bytes, { stackSize });
    expect(use(needs.blockBytes, stackSize)).toBe(15);
    expect(() => use(needs.blockBytes - 16, stackSize)).toThrow(WembedError);
  }
});

test('the figures', () => {
  const needs = requirementsOf(bytes);
  expect(needs).toEqual(requirementsOf(bytes));
  expect(needs.memoryBytes).toBe(65536);
  expect(needs.growthPageBytes).toBe(65536);
  expect(needs.objectBytes).toBe(0);
  expect(needs.instanceBytes).toBeGreaterThan(65536 + 2 ** 20);
  expect(needs.moduleBytes).toBeGreaterThan(bytes.length);
  expect(needs.codeBytes).toBeGreaterThan(0);
  expect(needs.blockBytes).toBe(
    needs.allocatorBytes +
      needs.runtimeBytes +
      needs.moduleBytes +
      needs.codeBytes +
      needs.instanceBytes +
      needs.transientBytes,
  );
  const metered = requirementsOf(bytes, { metered: true });
  expect(metered.codeBytes).toBeGreaterThan(needs.codeBytes);
  const two = requirementsOf(bytes, { instances: 2 });
  expect(two.blockBytes).toBeGreaterThan(
    needs.blockBytes + needs.instanceBytes - needs.transientBytes - 64,
  );
  const borrowed = requirementsOf(bytes, { ownership: 'transfer' });
  expect(borrowed.moduleBytes).toBeLessThan(needs.moduleBytes);
});

test('calls, traps, growth and deadlines inside the block, which is whole afterwards', () => {
  const needs = requirementsOf(bytes);
  using runtime = blockOf(needs.blockBytes + needs.trapBytes + 3 * needs.growthPageBytes);
  const before = runtime.blockUse;
  for (let round = 0; round < 20; round++) {
    using module = runtime.load(bytes);
    using instance = module.instantiate<Exports>({ imports });
    expect(instance.exports.work(round)).toBe(round * 2 + 7);
    expect(instance.exports.grow()).toBe(1);
    expect(instance.memory.size).toBe(2 * 65536);
    expect(() => instance.exports.fault()).toThrow(Trap);
    expect(() => instance.call('loop', [], { deadline: 5 })).toThrow('deadline exceeded');
    instance.reset();
    expect(runtime.blockUse?.free).toBeLessThan(before?.free ?? 0);
  }
  expect(runtime.blockUse?.free).toBe(before?.free);
  expect(runtime.blockUse?.mostUsed).toBeGreaterThan(needs.instanceBytes);
});

test('the memory is inside the block', () => {
  using runtime = blockOf(4 << 20);
  using module = runtime.load(bytes);
  using instance = module.instantiate<Exports>({ imports });
  expect(instance.memory.backend).toBe('heap');
  expect(() => module.instantiate({ imports, memory: { backend: 'mapped' } })).toThrow(
    'backend mapped takes memory from the system, which this runtime must not',
  );
});

test('wishes that contradict it say why', () => {
  const allocator = { pool: 1 << 20, noSystemMemory: true };
  expect(() => new Runtime({ allocator, memory: { backend: 'mapped' } })).toThrow(UsageError);
  expect(() => new Runtime({ allocator, memory: { strategy: 'pool' } })).toThrow(
    'no_system_memory, but a memory strategy that maps memory of the system',
  );
  expect(() => new Runtime({ allocator: { pool: 100 } })).toThrow();
});

test('without deadlines a call with one is refused', () => {
  using runtime = new Runtime({ deadlines: false });
  using module = runtime.load(bytes);
  using instance = module.instantiate<Exports>({ imports });
  expect(() => instance.call('loop', [], { deadline: 5 })).toThrow('no timer for the deadline');
  expect(() => instance.call('loop', [], { fuel: 100 })).toThrow('instruction limit exceeded');
  expect(instance.exports.work(1)).toBe(9);
});

test('what cannot be measured throws', () => {
  expect(() => requirementsOf(new Uint8Array([0, 97, 115]))).toThrow(CompileError);
  expect(() => requirementsOf(bytes, { instances: -1 })).toThrow(UsageError);
  expect(() => requirementsOf(bytes, { stackSize: 1.5 })).toThrow(UsageError);
});

test('a module of the world fits where it was measured', () => {
  const path = createRequire(__filename).resolve('source-map/lib/mappings.wasm');
  const real = readFileSync(path);
  const needs = requirementsOf(real, { ownership: 'copy' });
  const host = { env: { mapping_callback: () => undefined } };
  const make = (pool: number): void => {
    using runtime = blockOf(pool);
    using module = runtime.load(real);
    using instance = module.instantiate({ imports: host });
    expect(Object.keys(instance.exports)).toContain('parse_mappings');
  };
  make(needs.blockBytes + 64 * 1024);
  expect(() => make(needs.blockBytes / 2)).toThrow(ResourceError);
});
