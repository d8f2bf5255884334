/** Guest memory with something in it, and what is said when there is none to be had. */
import { ResourceError, Runtime, array, cstring, f32, i64, struct, u8 } from '../../lib';
import { assemble } from './assemble';

const runtime = new Runtime();
afterAll(() => runtime.close());

const make = async (text: string, heapSize = 0) =>
  runtime.load(await assemble(text)).instantiate({ heapSize });

const memory = '(module (memory (export "memory") 1 2))';

describe('initial values', () => {
  test('one for all elements, or one for each', async () => {
    const instance = await make(memory, 65536);
    expect(instance.malloc(f32, 3, 1.5).toArray()).toEqual([1.5, 1.5, 1.5]);
    expect(instance.malloc(i64, [1n, -2n]).toArray()).toEqual([1n, -2n]);
    expect(instance.malloc(u8, []).length).toBe(0);
    const point = struct({ x: f32, list: array(u8, 2) });
    const points = instance.malloc(point, 2, { x: 2, list: [3, 4] });
    expect(points.toArray()).toEqual(Array(2).fill({ x: 2, list: [3, 4] }));
    expect(instance.malloc(array(u8, 2), [[1, 2]]).toArray()).toEqual([[1, 2]]);
    expect(instance.malloc(cstring, 8, 'text').toString()).toBe('text');
    expect(instance.dup('täxt').length).toBe(6);
  });

  test('zeros, also where something was before', async () => {
    const instance = await make(memory, 65536);
    const used = instance.malloc(u8, 100, 255);
    const at = used.offset;
    used.free();
    const again = instance.calloc(u8, 100);
    expect(again.offset).toBe(at);
    expect([...again.view]).toEqual(Array(100).fill(0));
  });

  test('a value that does not fit takes nothing', async () => {
    const instance = await make(memory, 65536);
    const used = (): number | undefined => instance.inspect().memories[0]?.heap?.used;
    const before = used();
    expect(() => instance.malloc(cstring, 3, 'text')).toThrow(RangeError);
    expect(() => instance.malloc(array(u8, 1), 1, [1, 2])).toThrow(RangeError);
    expect(() => instance.malloc(f32, -1, 5)).toThrow(/whole number/);
    expect(used()).toBe(before);
  });
});

describe('when there is no room', () => {
  const cases: [string, string, number, RegExp][] = [
    ['no heap', memory, 0, /there is no heap: .* heapSize/],
    ['a full heap', memory, 4096, /no room for 1048576 bytes/],
    [
      'an allocator that has none',
      `(module (memory (export "memory") 1)
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "free") (param i32)))`,
      0,
      /no room for 1048576 bytes/,
    ],
  ];

  test.each(cases)('%s', async (_what, text, heapSize, message) => {
    const instance = await make(text, heapSize);
    for (const take of [
      () => instance.malloc(u8, 1 << 20),
      () => instance.calloc(u8, 1 << 20),
      () => instance.dup(new Uint8Array(1 << 20)),
    ]) {
      expect(take).toThrow(ResourceError);
      expect(take).toThrow(message);
    }
  });
});
