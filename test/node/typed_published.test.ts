/** Typed callers of published modules that Zig and TinyGo made, as far as these tell of themselves. */
import { join, resolve } from 'node:path';
import { Runtime } from '../../lib';
import { generate } from './typed_guests';

/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- what is generated has no type here */

const published = (path: string): string => join(resolve(__dirname, '../../node_modules'), path);
const runtime = new Runtime({ log: () => undefined });
afterAll(() => {
  runtime.close();
});

describe('Zig, with debugging information', () => {
  const file = published('md4w/js/md4w-fast.wasm');
  const { found, exports: types, declarations } = generate(file);

  test('its functions, with what its own kinds of types are to C', () => {
    expect(found.notes).toEqual([]);
    expect(found.description.left).toBeUndefined();
    expect(declarations).toContain('  /** libc.zig:40 */\n  strchr(s: Pointer<u8>, ch: number)');
    expect(declarations).toContain('  allocMem(length: number): bigint;\n');
    // Of no bits: nothing is given back.
    expect(declarations).toContain('  free(ptr: number | null): void;\n');
    expect(declarations).toContain('compare: number | null): void;\n');
    expect(found.description.functions['render']).toMatchObject({
      params: [
        { name: 'ptr_len', type: 'u64' },
        { name: 'flags', type: 'u32' },
        { name: 'buffer_size', type: 'u32' },
        { name: 'has_code_highlighter', type: 'u32' },
        { name: 'output_type', type: 'u32' },
      ],
      result: 'u64',
    });
  });

  test('calls', () => {
    const emitted: string[] = [];
    const app = types.load(runtime, file).instantiate({
      imports: { env: { emitChunk: () => emitted.push(''), emitCodeBlock: () => undefined } },
    });
    const text = new TextEncoder().encode('# Title\n\n- *one*\n');
    const place: bigint = app.exports.allocMem(text.length);
    app.memory.writeBytes(Number(place & 0xffffffffn), text);
    const made: bigint = app.exports.render(place, 0, 4096, 0, 0);
    const html = app.memory.readString(Number(made & 0xffffffffn), Number(made >> 32n));
    expect(html).toMatch(/^<h1>Title <a .*<\/h1>\n<ul>\n<li><em>one<\/em><\/li>\n<\/ul>\n$/);
    expect(() => app.exports.render(place, -1, 4096, 0, 0)).toThrow(
      'render: flags has to be a whole number from 0 to 4294967295, not -1',
    );
    app.close();
  });
});

describe('TinyGo, without', () => {
  const file = published('@wasm-fmt/gofmt/gofmt.wasm');

  test('its functions have the types of WebAssembly', () => {
    const { found, exports: types } = generate(file);
    expect(found.notes).toEqual([
      'there is no debugging information: types are those of WebAssembly',
    ]);
    const app = types.load(runtime, file).instantiate();
    const { exports } = app;
    exports._initialize();
    const source = new TextEncoder().encode('package main\nfunc main( ) { x:=1 }\n');
    app.memory.writeBytes(exports.alloc(source.length), source);
    expect(exports.format()).toBe(1);
    const text = app.memory.readString(exports.output_ptr(), exports.output_len());
    expect(text).toBe('package main\n\nfunc main() { x := 1 }\n');
    exports.dispose();
    expect(() => exports.alloc('12')).toThrow(TypeError);
    app.close();
  });
});
