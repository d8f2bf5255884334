/** Code that has to compile. Never run. */
import { InstancePool, Runtime } from '../../../lib';
import {
  type Address,
  type AsyncCaller,
  type AsyncHostFunction,
  type Caller,
  type HostReference,
  type Instance,
  type Memory,
  type Module,
  type Offset,
  type Offset64,
  type OwnedBuffer,
  type OwnedBuffer64,
  addBytes,
  advance,
  array,
  chars,
  cstring,
  f32,
  f64,
  fieldAt,
  fresh,
  hostFunction,
  i32,
  i64,
  offset,
  offset64,
  pointer,
  reinterpret,
  struct,
  u8,
  withoutCaller,
} from '../../../lib';

const point = struct({ x: f32, y: f32, name: chars(8), next: pointer(i64), list: array(u8, 3) });

interface Functions {
  sum(samples: Offset<f32>, count: number): number;
  both(): [number, bigint];
}

export function accepted(runtime: Runtime, bytes: Uint8Array, memory: Memory): void {
  const module: Module = runtime.load(bytes, { name: 'x' });
  const instance: Instance<Functions> = module.instantiate<Functions>({
    heapSize: 1,
    deadline: 5,
    signal: new AbortController().signal,
    imports: {
      env: {
        // Parameters need no types, and may have them.
        bare: (caller, at, length) => caller.readString(at, length),
        numbers: (_caller: Caller, a: number, b: number) => a + b,
        big: (_caller: Caller, value: bigint) => value + 1n,
        reference: (_caller: Caller, value: unknown) => value,
        none: () => undefined,
        memory: fresh,
        constant: 5,
        wide: 5n,
      },
      other: module.instantiate(),
    },
  });

  using samples = instance.malloc(f32, 5);
  const view: Float32Array = samples.view;
  view.set([1, 2]);
  const at: Offset<f32> = samples.offset;
  const total: number = instance.exports.sum(at, samples.length);
  instance.exports.sum(samples.offset, total);
  const [low, high]: [number, bigint] = instance.exports.both();
  const address: bigint = samples.nativeAddress + BigInt(low) + high;

  const typed: OwnedBuffer<f32> = samples;
  const wide: OwnedBuffer64<f64> = instance.malloc64(f64, 2);
  const far: Offset64<f64> = wide.offset;
  const further: Offset64<f64> = advance(f64, far, 2);
  const either: Address<f64> = further;

  const points = instance.malloc(point);
  const raw: Uint8Array = points.view;
  const value = points.get(0);
  const sum: number = value.x + value.y + value.name.length + (value.list[0] ?? 0) + raw.length;
  const next: Offset<i64> = value.next;
  points.set(0, { x: 1, y: 2, name: 'n', next, list: [1] });
  const y: Offset<f32> = fieldAt(point, points.offset, 'y');
  const number: number = memory.read(f32, y) + memory.read(i32, 16) + sum;
  const big: bigint = memory.read(i64, next);
  memory.write(cstring, offset(cstring, 8), 'text');
  const bytesAt: Offset<u8> = reinterpret(u8, y);
  const same: Offset<f32> = addBytes(y, 4);
  const plain: number = same;

  const text: OwnedBuffer<typeof cstring> = instance.dup('text');
  const copy: OwnedBuffer<u8> = instance.dup(new Uint8Array(3));
  const released: Offset<u8> = copy.release();
  instance.free(released);
  void instance.callAsync('sum', [at, 5], { deadline: 5, fuel: 100 });
  instance.call('sum', [at, 5]);

  // Without a type the exports are functions of unknown values.
  const untyped = module.instantiate();
  const result: unknown = untyped.exports['anything']?.(1, 2n, at);

  void [address, typed, either, number, big, bytesAt, plain, text, result, offset64(u8, 1n)];
}

interface State {
  count: number;
}

/** Data of instances, and host functions that wait. */
export function context(module: Module, state: State): void {
  // The type of the data comes from the options, ...
  const inferred = module.instantiate({
    data: state,
    imports: {
      env: {
        count: (caller) => {
          caller.data.count += 1;
          const { data, memory } = caller.dataAndMemory();
          const both: [State, Uint8Array] = [data, memory.bytes];
          return both.length;
        },
        typed: (caller: Caller<State>, by: number) => caller.data.count + by,
        // Whoever does not care about the data takes any caller.
        any: (caller: Caller, at: number) => caller.readString(at),
        later: async (caller) => {
          await Promise.resolve();
          return caller.dataAndMemory().data.count;
        },
      },
    },
  });
  inferred.data.count += 1;
  // ... or is named with that of the exports.
  const named: Instance<Functions, State> = module.instantiate<Functions, State>({ data: state });
  const plain: Instance<Functions> = named;

  const wait: AsyncHostFunction<State> = async (caller, at: number) => {
    const waits: true = caller.canWait;
    await Promise.resolve(waits);
    return caller.readString(at);
  };
  const waiting = module.instantiate<Functions, State>({
    asyncOnly: true,
    data: state,
    imports: {
      env: {
        wait,
        also: (caller: AsyncCaller<State>) => caller.data.count,
        plain: (caller: Caller<State>) => caller.data.count,
      },
    },
  });
  const sum: Promise<number> = waiting.callAsync('sum', [offset(f32, 8), 5]);
  waiting.memory.bytes.fill(0);
  waiting.close();
  const without = module.instantiate({ asyncOnly: true, imports: { env: { f: () => 1 } } });
  void [plain, sum, without.callAsync('f')];
}

/** Whose a module's bytes are. */
export function bytes(runtime: Runtime, shared: SharedArrayBuffer, own: ArrayBuffer): Module[] {
  return [
    runtime.load(shared, { ownership: 'borrow' }),
    runtime.load(own, { ownership: 'transfer', name: 'mine' }),
    runtime.load(new DataView(own), { ownership: 'copy' }),
    runtime.loadFile('app.wasm'),
    runtime.loadFile(Buffer.from('app.wasm'), { name: 'app' }),
    runtime.loadFile(new URL('file:///app.wasm')),
  ];
}

/** Where memories come from. */
export function memories(module: Module): number | undefined {
  const runtime = new Runtime({
    memory: {
      backend: 'pool',
      strategy: 'small-pool',
      pool: { slots: 8, slotBytes: 1 << 24, keepResident: 65536, strict: true },
    },
  });
  const shared = new SharedArrayBuffer(65536);
  const places = [
    {},
    { backend: 'heap' },
    { backend: 'buffer', buffer: shared },
    { backend: 'buffer', buffer: new Uint8Array(shared, 8) },
    { backend: 'buffer', buffer: new ArrayBuffer(65536) },
  ] as const;
  for (const memory of places) {
    module.instantiate({ memory }).reset({ start: false, deadline: 10, fuel: 1000 });
  }
  const { pool, steps, system, text } = runtime.memoryReport;
  const numbers: (number | undefined)[] = [pool?.live, steps[0]?.errno, system?.addressLimit];
  void [numbers, text.length];
  return runtime.trim();
}

/** A pool of instances. */
export async function pooled(module: Module): Promise<number> {
  using pool = new InstancePool<Sum, State>(module, {
    max: 4,
    minIdle: 1,
    maxIdle: 2,
    recycleAfterUses: 100,
    recycleAfterBytes: 1 << 20,
    instantiate: () => ({
      data: { count: 0 },
      imports: { env: { f: (caller: Caller<State>) => caller.data.count } },
    }),
  });
  using one = pool.tryAcquire({ data: { count: 1 } });
  await using two = await pool.acquire({ waitTimeout: 10, signal: AbortSignal.timeout(5) });
  const instance: Instance<Sum, State> = two;
  const total: number = two.exports.sum(offset(f32, 8), 1) + instance.data.count;
  one?.release();
  await using plain = new InstancePool(module, { max: 1, instantiate: { heapSize: 100 } });
  return total + plain.stats.live + (await pool.use((lease) => lease.data.count));
}

interface Sum {
  sum(samples: Offset<f32>, count: number): number;
}
interface State {
  count: number;
}

/** Calls by name are typed as the functions are. */
export function calls(module: Module, floats: OwnedBuffer<f32>): void {
  const instance = module.instantiate<Functions>();
  const sum: number = instance.call('sum', [floats.offset, 5], { deadline: 5 });
  const both: [number, bigint] = instance.call('both');
  const again: [number, bigint] = instance.call('both', [], { fuel: 5 });
  const later: Promise<[number, bigint]> = instance.callAsync('both', undefined, { deadline: 5 });
  // Where nothing is known of the functions, anything goes, and anything may come.
  const plain = module.instantiate();
  const some: unknown = plain.call('any', [1, 2n, 'text']);
  const names: keyof Functions = 'sum';
  void [sum, both, again, later, some, plain.call('none'), names];
  // Instances of any type offer what others import, and are what a caller's is.
  module.instantiate({ imports: { env: instance } });
  const any: Instance = plain;
  void any;
}

/** Buffers with something in them, and functions written for WebAssembly. */
export function conveniences(module: Module, instance: Instance): void {
  const zeros: OwnedBuffer<f32> = instance.malloc(f32, 5, 0);
  const list: OwnedBuffer<i64> = instance.malloc(i64, [1n, 2n]);
  const points = instance.malloc(point, 2, {
    x: 0,
    y: 0,
    name: '',
    next: offset(i64, 0),
    list: [],
  });
  const cleared: OwnedBuffer<u8> = instance.calloc(u8, 100);
  const text: OwnedBuffer<cstring> = instance.dup('text');
  instance.free(zeros);
  module.instantiate({
    imports: {
      env: withoutCaller({ log: (value: number) => value, memory: fresh, none: () => undefined }),
      other: { one: withoutCaller((a: number, b: bigint) => BigInt(a) + b) },
    },
  });
  void [list, points, cleared, text];
}

/** Host functions of a type: in tables, not in imports. */
export function references(instance: Instance): void {
  const table = instance.table('table');
  table.set(
    0,
    hostFunction({ params: ['i32', 'i64'], results: ['f64'] }, (caller, a, b) => {
      const sum: number = a + Number(b) + caller.memory.size;
      return sum;
    }),
  );
  const several = hostFunction(
    { params: ['externref', 'funcref'], results: ['i64', 'externref'] },
    (_caller, thing, fn) => [1n, fn === null ? thing : fn(1)],
  );
  const waits = hostFunction({ results: ['i32'] }, async () => Promise.resolve(1));
  const nothing: HostReference = hostFunction({}, () => undefined);
  const withData = hostFunction({}, (caller: Caller<Date>) => {
    caller.data.getTime();
  });
  table.grow(4, several);
  void [waits, nothing, withData];
}
