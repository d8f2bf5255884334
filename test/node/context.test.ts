/** caller.data, caller.dataAndMemory(): a host call's data and memory, and no longer than it. */
import {
  type CallMemory,
  type Caller,
  type GuestMemory,
  type Instance,
  Runtime,
  Trap,
  UsageError,
  cstring,
  f64,
  i32,
  offset,
  struct,
  u8,
} from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "visit" (func $visit (param i32) (result i32)))
  (import "env" "other" (func $other (param i32) (result i32)))
  (memory (export "memory") 1 20)
  (data (i32.const 16) "guest data\\00")
  (func (export "call") (param i32) (result i32) (call $visit (local.get 0)))
  (func (export "callOther") (param i32) (result i32) (call $other (local.get 0)))
  (func (export "callTwice") (param i32) (result i32)
    (i32.add (call $visit (local.get 0)) (call $visit (local.get 0))))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))`;

interface Functions {
  call(value: number): number;
  callOther(value: number): number;
  callTwice(value: number): number;
  grow(pages: number): number;
  load8(at: number): number;
}

interface State {
  name: string;
  seen: number[];
}

type Host = (caller: Caller<State>, value: number) => unknown;

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await assemble(text);
});

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('data and memory, %s memory', (backend) => {
  let runtime: Runtime;
  let state: State;
  let visit: Host;
  let other: Host;
  let instance: Instance<Functions, State>;

  beforeEach(() => {
    runtime = new Runtime({ memory: { backend } });
    state = { name: 'the data', seen: [] };
    visit = () => 0;
    other = () => 0;
    instance = runtime.load(bytes).instantiate<Functions, State>({
      data: state,
      imports: {
        env: {
          visit: (caller: Caller<State>, value: number) => visit(caller, value),
          other: (caller: Caller<State>, value: number) => other(caller, value),
        },
      },
    });
  });
  afterEach(() => {
    runtime.close();
  });

  test('come together, of the right instance', () => {
    visit = (caller, value) => {
      const { data, memory } = caller.dataAndMemory();
      expect(data).toBe(state);
      expect(caller.data).toBe(state);
      expect(caller.canWait).toBe(false);
      expect(memory.readString(16)).toBe('guest data');
      data.seen.push(memory.bytes[16 + value] ?? -1);
      return data.seen.length;
    };
    expect(instance.exports.call(1)).toBe(1);
    expect(instance.exports.callTwice(2)).toBe(5);
    expect(String.fromCharCode(...state.seen)).toBe('uee');
    expect(instance.data).toBe(state);
  });

  test('one memory a call, the same in all of it', () => {
    const memories = new Set<CallMemory>();
    visit = (caller) => {
      memories.add(caller.dataAndMemory().memory);
      memories.add(caller.dataAndMemory().memory);
      return memories.size;
    };
    expect(instance.exports.callTwice(0)).toBe(1 + 2);
    expect(memories.size).toBe(2);
    for (const memory of memories) expect(memory.lent).toBe(false);
  });

  test('the memory does everything a Memory does', () => {
    const point = struct({ x: i32, y: f64 });
    visit = (caller) => {
      const { memory } = caller.dataAndMemory();
      const same: GuestMemory = instance.memory;
      expect(memory.lent).toBe(true);
      expect(memory.buffer).toBe(same.buffer);
      expect(memory.bytes).toBe(same.bytes);
      expect(memory.view(i32)).toBe(same.view(i32));
      for (const key of ['shareable', 'epoch', 'size', 'pages', 'maximum', 'is64'] as const) {
        expect(memory[key]).toBe(same[key]);
      }
      expect(memory.backend).toBe(backend);
      memory.write(point, offset(point, 200), { x: 1, y: 0.5 });
      expect(memory.read(point, offset(point, 200))).toEqual({ x: 1, y: 0.5 });
      memory.writeBytes(300, new Uint8Array([1, 2, 3]));
      expect([...memory.readBytes(300, 3)]).toEqual([1, 2, 3]);
      expect([...memory.view(u8, offset(u8, 300), 3)]).toEqual([1, 2, 3]);
      expect(memory.read(cstring, offset(cstring, 16))).toBe('guest data');
      expect(() => memory.readBytes(65536, 1)).toThrow(RangeError);
      expect(memory.grow(1)).toBe(1);
      expect(memory.pages).toBe(2);
      return 7;
    };
    expect(instance.exports.call(0)).toBe(7);
  });

  test('it throws when the call is over, also in a later call', () => {
    let kept: CallMemory | undefined;
    let caller: Caller<State> | undefined;
    const past: CallMemory[] = [];
    visit = (given) => {
      for (const memory of past) expect(() => memory.bytes).toThrow(/is over/);
      caller = given;
      kept = given.dataAndMemory().memory;
      past.push(kept);
      return kept.bytes.length;
    };
    expect(instance.exports.callTwice(0)).toBe(2 * 65536);
    for (const use of [
      () => kept?.buffer,
      () => kept?.bytes,
      () => kept?.view(u8),
      () => kept?.read(u8, offset(u8, 0)),
      () => kept?.write(u8, offset(u8, 0), 1),
      () => kept?.readBytes(0, 1),
      () => kept?.writeBytes(0, new Uint8Array(1)),
      () => kept?.readString(16),
      () => kept?.grow(0),
      () => kept?.size,
      () => kept?.epoch,
      () => kept?.shareable,
    ]) {
      expect(use).toThrow(UsageError);
      expect(use).toThrow(/is over/);
    }
    expect(() => caller?.dataAndMemory()).toThrow(/no host function/);
    expect(caller?.data).toBe(state);
  });

  test('nested calls have memories of their own', () => {
    let inner: CallMemory | undefined;
    visit = (caller, value) => {
      const { memory } = caller.dataAndMemory();
      expect(instance.exports.callOther(value)).toBe(3);
      expect(inner).not.toBe(memory);
      expect(() => inner?.size).toThrow(/is over/);
      expect(caller.dataAndMemory().memory).toBe(memory);
      return memory.bytes[16] ?? 0;
    };
    other = (caller) => {
      inner = caller.dataAndMemory().memory;
      inner.bytes[16] = 65;
      return 3;
    };
    expect(instance.exports.call(0)).toBe(65);
  });

  test('an exception ends it too', () => {
    let kept: CallMemory | undefined;
    visit = (caller) => {
      kept = caller.dataAndMemory().memory;
      throw new Error('on purpose');
    };
    expect(() => instance.exports.call(0)).toThrow(Trap);
    expect(() => kept?.bytes).toThrow(/is over/);
  });

  test('views go stale when the guest grows, the memory does not', () => {
    visit = (caller) => {
      const { memory } = caller.dataAndMemory();
      const view = memory.view(u8, offset(u8, 16), 10);
      const { epoch } = memory;
      expect(instance.exports.grow(2)).toBe(1);
      expect(view).toHaveLength(0);
      expect(memory.epoch).not.toBe(epoch);
      expect(memory.readString(16)).toBe('guest data');
      expect(memory.bytes).toHaveLength(3 * 65536);
      return 0;
    };
    expect(instance.exports.call(0)).toBe(0);
  });

  test('a promise in a synchronous call is an error', () => {
    const settled: string[] = [];
    visit = async () => Promise.resolve(settled.push('run'));
    const error = caught(() => instance.exports.call(0));
    expect(error).toBeInstanceOf(Trap);
    expect((error as Trap).cause).toBeInstanceOf(UsageError);
    expect(String((error as Trap).cause)).toMatch(/only when it was called by callAsync/);
    expect(settled).toEqual(['run']);
  });

  test('without data there is none, and without a memory using it throws', async () => {
    const none = await assemble(`(module (import "env" "f" (func $f))
      (func (export "f") (call $f)))`);
    let memory: CallMemory | undefined;
    const plain = runtime.load(none).instantiate({
      imports: {
        env: {
          f: (caller) => {
            expect(caller.data).toBeUndefined();
            memory = caller.dataAndMemory().memory;
            expect(() => memory?.size).toThrow(/no memory/);
            expect(() => memory?.epoch).toThrow(/no memory/);
          },
        },
      },
    });
    plain.exports['f']?.();
    expect(() => memory?.size).toThrow(/is over/);
  });

  test('a start function has them already', async () => {
    const starts = await assemble(`(module (import "env" "f" (func $f))
      (memory 1) (data (i32.const 8) "early\\00") (start $f))`);
    const seen: string[] = [];
    runtime.load(starts).instantiate({
      data: seen,
      imports: {
        env: {
          f: (caller) => {
            const { data, memory } = caller.dataAndMemory();
            data.push(memory.readString(8));
          },
        },
      },
    });
    expect(seen).toEqual(['early']);
  });
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
