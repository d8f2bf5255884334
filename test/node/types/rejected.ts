/** Code that must not compile: each marked line has an error, or marking it is one. Never run. */
import {
  type AsyncCaller,
  type Caller,
  type Instance,
  InstancePool,
  type Memory,
  type Module,
  type Offset,
  type OwnedBuffer,
  type Runtime,
  type RuntimeMemoryOptions,
  advance,
  distance,
  f32,
  f64,
  fieldAt,
  hostFunction,
  i32,
  i64,
  offset,
  offset64,
  pointer,
  struct,
  u8,
} from '../../../lib';

const point = struct({ x: f32, y: f64, next: pointer(i64) });

interface Functions {
  sum(samples: Offset<f32>, count: number): number;
}

export function rejected(
  runtime: Runtime,
  instance: Instance<Functions>,
  memory: Memory,
  samples: OwnedBuffer<f32>,
): void {
  const at = samples.offset;
  const far = offset64(f32, 8n);

  // Offsets of different things do not mix.
  // @ts-expect-error -- an offset of f32 is not one of f64
  const other: Offset<f64> = at;
  // @ts-expect-error -- a number is not an offset
  const number: Offset<f32> = 16;
  // @ts-expect-error -- nor is a 64-bit offset a 32-bit one
  const narrow: Offset<f32> = far;
  // @ts-expect-error -- an offset of a struct is not one of its field
  const field: Offset<f32> = offset(point, 8);
  // @ts-expect-error -- the function wants an offset of f32
  instance.exports.sum(offset(i32, 8), 5);
  // @ts-expect-error -- and no plain number
  instance.exports.sum(8, 5);
  // @ts-expect-error -- and a count
  instance.exports.sum(at);
  // @ts-expect-error -- there is no such function
  instance.exports.missing();
  // @ts-expect-error -- under no name
  void instance.callAsync('missing');
  // @ts-expect-error -- arithmetic keeps to the layout
  advance(f64, at, 1);
  // @ts-expect-error -- both ends are of the same thing
  distance(f32, at, offset(f64, 8));
  // @ts-expect-error -- a struct has the fields it has
  fieldAt(point, offset(point, 8), 'z');
  // @ts-expect-error -- the field's type is its own
  const y: Offset<f32> = fieldAt(point, offset(point, 8), 'y');

  // Values have the type of the layout.
  // @ts-expect-error -- a f32 is no bigint
  memory.write(f32, at, 1n);
  // @ts-expect-error -- an i64 is no number
  memory.write(i64, 8, 1);
  // @ts-expect-error -- read gives what the layout holds
  const text: string = memory.read(f32, at);
  // @ts-expect-error -- a field is missing
  memory.write(point, 8, { x: 1, y: 2 });
  // @ts-expect-error -- a pointer to something else
  memory.write(point, 8, { x: 1, y: 2, next: at });
  // @ts-expect-error -- what is read at an offset is what it is the offset of
  memory.read(u8, at);
  // @ts-expect-error -- the view's type comes from the layout
  const view: Float64Array = samples.view;
  // @ts-expect-error -- a buffer of one thing is not one of another
  const buffer: OwnedBuffer<f64> = samples;
  // @ts-expect-error -- layouts, not names
  instance.malloc('f32', 5);

  // Handles come from their parents.
  // @ts-expect-error -- bytes, not text
  runtime.load('module');
  // @ts-expect-error -- no such backend
  runtime.load(new Uint8Array()).instantiate({ memory: { backend: 'fast' } });
  // @ts-expect-error -- text is no import
  runtime.load(new Uint8Array()).instantiate({ imports: { env: { f: 'text' } } });
  // @ts-expect-error -- the caller comes first
  const host: (caller: number) => void = (caller: Caller) => void caller;
  // @ts-expect-error -- a plain object is no import module of functions without names
  runtime.load(new Uint8Array()).instantiate({ imports: { env: 5 } });

  void [other, number, narrow, field, y, text, view, buffer, host];
}

interface State {
  count: number;
}

/** Data of instances, and host functions that wait. */
export function context(module: Module, state: State): void {
  const wrong = (caller: Caller<string>): number => caller.data.length;
  const right = (caller: Caller<State>): number => caller.data.count;
  const waits = async (caller: AsyncCaller<State>): Promise<number> =>
    Promise.resolve(caller.data.count);

  // @ts-expect-error -- the function wants other data
  module.instantiate({ data: state, imports: { env: { wrong } } });
  // @ts-expect-error -- there is no data
  module.instantiate({ imports: { env: { right } } });
  // @ts-expect-error -- not the data that is named
  module.instantiate<Functions, State>({ data: 'text' });
  // @ts-expect-error -- data is named and missing
  module.instantiate<Functions, State>({});
  // @ts-expect-error -- there is no such field
  module.instantiate({ data: state, imports: { env: { f: (caller) => void caller.data.name } } });
  // @ts-expect-error -- it has to wait, and the instance may be called synchronously
  module.instantiate({ data: state, imports: { env: { waits } } });

  const instance = module.instantiate<Functions, State>({ asyncOnly: true, data: state });
  // @ts-expect-error -- only callAsync
  void instance.exports;
  // @ts-expect-error -- only callAsync
  instance.call('sum');
  // @ts-expect-error -- not any data
  instance.data.count = 'text';
}

/** Whose a module's bytes are. */
export function bytes(runtime: Runtime, own: ArrayBuffer): void {
  // @ts-expect-error -- take is C's word
  runtime.load(own, { ownership: 'take' });
  // @ts-expect-error -- a path is for loadFile
  runtime.load('app.wasm');
  // @ts-expect-error -- a file has no other owner
  runtime.loadFile('app.wasm', { ownership: 'copy' });
  // @ts-expect-error -- bytes are for load
  runtime.loadFile(own);
}

/** Where memories come from, and pools of instances. */
export function memories(runtime: Runtime, module: Module, pool: InstancePool<Functions>): void {
  const buffer = new SharedArrayBuffer(65536);
  // @ts-expect-error -- a buffer is for one instance
  const one: RuntimeMemoryOptions = { backend: 'buffer' };
  // @ts-expect-error -- functions are C's
  const two: RuntimeMemoryOptions = { backend: 'functions' };
  // @ts-expect-error -- the option is called memory
  module.instantiate({ backend: 'heap' });
  // @ts-expect-error -- where is it?
  module.instantiate({ memory: { backend: 'buffer' } });
  // @ts-expect-error -- a buffer is for its own backend
  module.instantiate({ memory: { backend: 'heap', buffer } });
  // @ts-expect-error -- not a memory
  module.instantiate({ memory: { backend: 'buffer', buffer: 65536 } });
  // @ts-expect-error -- only to be read
  runtime.memoryReport.taken = 'pool';
  // @ts-expect-error -- how many at most?
  const three = new InstancePool(module, {});
  // @ts-expect-error -- there may be none
  pool.tryAcquire().release();
  // @ts-expect-error -- it has to be awaited
  void pool.acquire().exports;
  // @ts-expect-error -- this pool has no data
  pool.tryAcquire({ data: 5 });
  void [one, two, three];
}

/** Calls by name, initial values, options. */
export function calls(module: Module, instance: Instance<Functions>): void {
  // @ts-expect-error -- both arguments
  instance.call('sum', [offset(f32, 8)]);
  // @ts-expect-error -- they cannot be left out
  instance.call('sum');
  // @ts-expect-error -- an offset of f32
  instance.call('sum', [offset(f64, 8), 5]);
  // @ts-expect-error -- it is a number
  const text: string = instance.call('sum', [offset(f32, 8), 5]);
  // @ts-expect-error -- of a number
  const later: Promise<string> = instance.callAsync('sum', [offset(f32, 8), 5]);
  // @ts-expect-error -- it is called deadline
  instance.call('sum', [offset(f32, 8), 5], { dedline: 5 });
  // @ts-expect-error -- a list of them
  instance.call('sum', 5);
  // @ts-expect-error -- it is called heapSize
  module.instantiate({ heapsize: 5 });
  // @ts-expect-error -- f32 has numbers
  instance.malloc(f32, 5, 1n);
  // @ts-expect-error -- all of them
  instance.malloc(f32, [1, 'text']);
  void [text, later];
}

/** Host functions of a type. */
export function references(): void {
  // @ts-expect-error -- an i64 is a bigint
  hostFunction({ params: ['i64'] }, (_caller, a: number) => void a);
  // @ts-expect-error -- a number is wanted
  hostFunction({ results: ['i32'] }, () => 'text');
  // @ts-expect-error -- two values
  hostFunction({ results: ['i32', 'i64'] }, () => [1]);
  // @ts-expect-error -- there is no such type
  hostFunction({ params: ['i31'] }, () => undefined);
  // @ts-expect-error -- the caller comes first
  hostFunction({ params: ['i32'] }, (a: number) => void a);
}
