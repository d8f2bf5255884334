/** Nothing that stands for something native is cloned or posted; what is plain data is. */
import { MessageChannel, Worker } from 'node:worker_threads';
import {
  type CallMemory,
  type Caller,
  type Instance,
  InstancePool,
  type Module,
  Runtime,
  type Trap,
  fresh,
  hostFunction,
  u8,
} from '../../lib';
import { assemble } from './assemble';

const text = `(module (import "e" "f" (func $f)) (memory (export "memory") 1)
  (table (export "table") 1 funcref) (global (export "global") (mut i32) (i32.const 0))
  (func (export "call") (call $f)) (func (export "trap") unreachable))`;

const { port1, port2 } = new MessageChannel();
afterAll(() => {
  port1.close();
  port2.close();
});

const wrapped: Record<string, (object: unknown) => unknown> = {
  itself: (object) => object,
  'in an object': (object) => ({ deep: { object } }),
  'in an array': (object) => [1, [object]],
  'in a Map': (object) => new Map([['key', object]]),
  'as a key of a Map': (object) => new Map([[object, 1]]),
  'in a Set': (object) => new Set([object]),
  'as a cause': (object) => new Error('with it', { cause: object }),
};

const ways: Record<string, (value: unknown) => unknown> = {
  structuredClone: (value) => structuredClone(value),
  postMessage: (value) => {
    port1.postMessage(value);
  },
  workerData: (value) => new Worker('', { eval: true, workerData: value }),
  'a transfer list': (value) => structuredClone({ value }, { transfer: [value as ArrayBuffer] }),
};

describe('objects', () => {
  let runtime: Runtime;
  let module: Module;
  const objects: Record<string, unknown> = {};
  beforeAll(async () => {
    runtime = new Runtime();
    module = runtime.load(await assemble(text));
    let caller: Caller | undefined;
    let memory: CallMemory | undefined;
    const f = (by: Caller): void => {
      caller = by;
      ({ memory } = by.dataAndMemory());
    };
    const instance = module.instantiate({ heapSize: 4096, imports: { e: { f } } });
    instance.exports['call']?.();
    const pool = new InstancePool(module, { max: 1, instantiate: { imports: { e: { f } } } });
    Object.assign(objects, {
      Runtime: runtime,
      Module: module,
      Instance: instance,
      Memory: instance.memory,
      Table: instance.table('table'),
      Global: instance.global('global'),
      OwnedBuffer: instance.malloc(u8, 4),
      InstancePool: pool,
      PooledInstance: pool.tryAcquire(),
      HostReference: hostFunction({}, () => undefined),
      'exported function': instance.exports['call'],
      Caller: caller,
      CallMemory: memory,
      fresh,
    });
  });
  afterAll(() => runtime.close());

  test('are refused, however they are sent', () => {
    let cases = 0;
    for (const [name, object] of Object.entries(objects)) {
      expect([name, typeof object]).not.toEqual([name, 'undefined']);
      for (const [where, wrap] of Object.entries(wrapped)) {
        for (const [way, send] of Object.entries(ways)) {
          let how = 'it was sent';
          try {
            send(wrap(object));
          } catch (error) {
            how = (error as Error).name;
          }
          // In a transfer list it is no value that could be transferred.
          expect([name, where, way, how]).toEqual([
            name,
            where,
            way,
            expect.stringMatching(/^(DataCloneError|TypeError)$/),
          ]);
          cases += 1;
        }
      }
    }
    expect(cases).toBeGreaterThan(185);
    // And work as before.
    expect((objects['Instance'] as { closed: boolean }).closed).toBe(false);
  });

  test('tokens and errors are', () => {
    const token = module.share();
    for (const wrap of Object.values(wrapped).slice(0, 4)) {
      expect(JSON.stringify(structuredClone(wrap(token)))).toBe(JSON.stringify(wrap(token)));
    }
    const instance = objects['Instance'] as Instance;
    let trap: Trap | undefined;
    try {
      instance.exports['trap']?.();
    } catch (error) {
      trap = error as Trap;
    }
    const cloned = structuredClone(trap);
    expect(Object.prototype.toString.call(cloned)).toBe('[object Error]');
    expect(cloned?.message).toBe(trap?.message);
  });

  test('views are copied', () => {
    const { memory } = objects['Instance'] as Instance;
    memory.bytes[5] = 77;
    const copy = structuredClone(memory.bytes.subarray(4, 8));
    memory.bytes[5] = 78;
    expect([...copy].slice(0, 2)).toEqual([0, 77]);
  });
});
