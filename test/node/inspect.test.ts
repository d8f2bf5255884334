/** `Instance.inspect`: as data, as text, as JSON, and when it is refused. */
import { type Inspection, Runtime, UsageError, u8, version } from '../../lib';
import { assemble } from './assemble';
import { type Program, hostile, program } from './inspect_program';

let shown: Program;

beforeEach(async () => {
  shown = await program();
});
afterEach(() => shown.runtime.close());

function kinds(inspection: Inspection): string[] {
  return inspection.memories[0]?.regions.map(({ kind }) => kind) ?? [];
}

test('regions cover the memory and what it may grow to', () => {
  shown.instance.exports.push(100);
  shown.instance.exports.grow(1);
  const inspection = shown.instance.inspect();
  const [memory] = inspection.memories;
  expect(kinds(inspection)).toEqual(
    'unknown static stack guest-heap host-heap grown reach'.split(' '),
  );
  let at = 0;
  for (const region of memory?.regions ?? []) {
    expect(region.offset).toBe(at);
    at += region.bytes;
    let inner = region.offset;
    for (const part of region.parts) {
      expect(part.offset).toBeGreaterThanOrEqual(inner);
      inner = part.offset + part.bytes;
      expect(inner).toBeLessThanOrEqual(at);
    }
  }
  expect(at).toBe((memory?.pagesMaximum ?? 0) * 65536);
  const [, data, stack] = memory?.regions ?? [];
  expect(data?.parts.map(({ index, bytes }) => [index, bytes])).toEqual([
    [0, 5],
    [1, 3],
  ]);
  expect(stack?.parts.map(({ kind, bytes }) => [kind, bytes])).toEqual([
    ['stack-free', 65436],
    ['stack-used', 100],
  ]);
});

test('numbers of the memory, the module and the instance', () => {
  const inspection = shown.instance.inspect();
  expect(inspection.version).toBe(version);
  expect(inspection.memories).toHaveLength(1);
  expect(inspection.memories[0]).toMatchObject({
    backend: 'pool',
    guarded: false,
    is64: false,
    imported: false,
    pages: 3,
    pagesDeclared: 2,
    pagesMaximum: 9,
    bytes: 3 * 65536,
    stackPointer: 66640,
    slot: { of: 4 },
    heap: { blocks: 2, used: 464 },
  });
  expect(inspection.functions).toEqual({ total: 5, imported: 1, translated: 0 });
  expect(inspection.tables).toEqual([
    {
      name: 'callbacks',
      element: 'funcref',
      imported: false,
      length: 3,
      minimum: 3,
      maximum: 10,
    },
  ]);
  expect(inspection.globals.map(({ name, type, value }) => [name, type, value])).toEqual([
    ['__data_end', 'i32', '1100'],
    ['__heap_base', 'i32', '66640'],
    ['__stack_pointer', 'i32', '66640'],
    ['answer', 'i64', '9007199254740993'],
  ]);
  const { module } = inspection;
  const last = module.sections.at(-1);
  expect((last?.offset ?? 0) + (last?.bytes ?? 0)).toBe(module.bytes);
  expect(module.imports).toHaveLength(1);
  expect(inspection.bookkeeping).toBeGreaterThan(0);
});

test('buffers of the host are there as long as they are its own', () => {
  const { instance, floats, bytes } = shown;
  const owned = (): unknown[] => instance.inspect().buffers.map(({ offset }) => offset);
  expect(instance.inspect().buffers).toEqual([
    { offset: floats.offset, layout: 'f32', length: 100, bytes: 400 },
    { offset: bytes.offset, layout: 'u8', length: 50, bytes: 50 },
  ]);
  const heap = instance.inspect().memories[0]?.regions.find(({ kind }) => kind === 'host-heap');
  expect(heap?.parts.map(({ buffer }) => buffer?.layout)).toEqual(['f32', 'u8']);
  const at = floats.release();
  expect(owned()).toEqual([bytes.offset]);
  bytes.free();
  expect(owned()).toEqual([]);
  instance.free(at);
  instance.malloc(u8, 3);
  expect(owned()).toHaveLength(1);
  instance.reset();
  expect(owned()).toEqual([]);
});

test('an inspection does not change, and goes through JSON', () => {
  const before = shown.instance.inspect();
  const text = JSON.stringify(before);
  shown.instance.exports.grow(2);
  shown.floats.free();
  expect(JSON.stringify(before)).toBe(text);
  expect((JSON.parse(text) as Inspection).memories[0]?.pages).toBe(3);
});

test('as text it fits 80 columns and shows no control characters', () => {
  const lines = String(shown.instance.inspect()).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines).toContain("  0x00020000     64 KiB  host's heap");
  expect(lines).toContain('  0x00020008      400 B    allocation, 100 f32');
  expect(lines).toContain('  0x00000400       80 B  static data, by __data_end (exported)');
});

test('names cannot command a terminal', async () => {
  const name = 'red\\1b[31m \\e2\\80\\ae backwards';
  const module = shown.runtime.load(await assemble(`(module (func (export "${name}")))`));
  const text = String(module.instantiate().inspect());
  expect(text).toContain('red\\u001b[31m \\u202e backwards ()');
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

test('mangled names stand beside what they are in the source', async () => {
  const mangled = '_ZN8geometry5scaleERNS_3vecIfEEf';
  const rust = '_ZN4core3fmt9Formatter3pad17h0123456789abcdefE';
  const binary = await assemble(`(module
    (import "env" "${rust}" (func))
    (func (export "${mangled}") (param i32 f32))
    (global (export "_ZN8geometry4modeE") i32 (i32.const 1)))`);
  const module = shown.runtime.load(binary);
  const imports = { env: { [rust]: () => undefined } };
  const inspection = module.instantiate({ imports }).inspect();
  const text = inspection.toString();
  expect(text).toContain(`  ${mangled} (i32, f32) -> ()\n      geometry::scale\n`);
  expect(text).toContain('\n      core::fmt::Formatter::pad\n');
  expect(text).toContain('_ZN8geometry4modeE\n      geometry::mode\n');
  expect(inspection.toHtml()).toContain(`${mangled}<small>geometry::scale</small>`);
  expect(inspection.module.exports[0]?.name).toBe(mangled);
});

test('a page holds all it needs, and names only as text', () => {
  const page = shown.instance.inspect().toHtml();
  expect(page).not.toContain(hostile);
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toMatch(/<(img|iframe|link|object)/);
  expect(page).not.toMatch(/(src|href)="|url\(|@import|https?:/);
  expect(page).toContain('&lt;img src=x onerror=hacked=2&gt;&quot;&#39;&amp;amp;');
});

test('refused while it runs, while it is busy and when it is closed', async () => {
  const { instance } = shown;
  const inspect = (): unknown => instance.inspect();
  let inside: unknown;
  shown.called = () => {
    expect(inspect).toThrow(UsageError);
    inside = instance.memory.size;
  };
  instance.exports.callOut();
  expect(inside).toBe(3 * 65536);
  const busy = instance.callAsync('push', [16]);
  expect(inspect).toThrow(UsageError);
  await busy;
  expect(inspect).not.toThrow();
  instance.close();
  expect(inspect).toThrow(UsageError);
});

test.each(['mapped', 'heap', 'pool', 'buffer'] as const)('a memory by %s', async (backend) => {
  const bytes = await assemble('(module (memory 1 4) (data (i32.const 8) "data"))');
  const place = { backend, ...(backend === 'buffer' ? { buffer: new ArrayBuffer(262144) } : {}) };
  const instance = shown.runtime.load(bytes).instantiate({ memory: place as { backend: 'heap' } });
  const inspection = instance.inspect();
  expect(inspection.memories[0]?.backend).toBe(backend);
  expect(kinds(inspection)).toEqual(['unknown', 'static', 'unknown', 'reach']);
  expect(inspection.toHtml()).toContain('data 0');
});

test('an imported memory, with the data of who looks at it', async () => {
  const { runtime, instance } = shown;
  const text = `(module (import "other" "memory" (memory 1))
    (data (i32.const 200) "of mine"))`;
  const user = runtime
    .load(await assemble(text))
    .instantiate({ imports: { other: { memory: instance.memory } } });
  const [memory] = user.inspect().memories;
  expect(memory).toMatchObject({ imported: true, bytes: instance.memory.size, backend: 'pool' });
  const parts = memory?.regions.flatMap((region) => region.parts) ?? [];
  expect(parts.map(({ kind, offset }) => [kind, offset])).toEqual([
    ['data', 200],
    ['allocation', shown.floats.offset],
    ['allocation', shown.bytes.offset],
  ]);
  // What one of them runs stops the other from being looked at.
  shown.called = () => expect(() => user.inspect()).toThrow(UsageError);
  instance.exports.callOut();
  expect.hasAssertions();
});

test('without a memory and with an empty one', async () => {
  using runtime = new Runtime();
  const none = runtime
    .load(await assemble('(module)'))
    .instantiate()
    .inspect();
  expect(none.memories).toEqual([]);
  expect(none.toHtml()).toContain('</html>');
  expect(String(none)).toContain('0 functions');
  const empty = runtime
    .load(await assemble('(module (memory 0))'))
    .instantiate()
    .inspect();
  expect(empty.memories[0]?.regions.map(({ kind }) => kind)).toEqual(['reach']);
  expect(empty.toHtml()).toContain('Empty.');
});
