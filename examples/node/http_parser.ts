/**
 * llhttp, the HTTP parser of Node, as the npm package undici brings it: a request that arrives in
 * pieces is parsed by the guest, which tells what it finds through host functions.
 */
import { readFileSync } from 'node:fs';
import { type Caller, Runtime } from 'wembed';

interface Parser {
  _initialize(): void;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, at: number, length: number): number;
  llhttp_get_method(parser: number): number;
  malloc(size: number): number;
  free(at: number): void;
}

interface Engine {
  readonly exports: Parser;
  readonly bytes: () => Uint8Array;
}

/** What the guest calls: `at` and `length` are the piece of text it is about. */
type Callback = (parser: number, at: number, length: number) => number;

const wasm = embedded(require.resolve('undici/lib/llhttp/llhttp-wasm.js'));
const requestType = 1;

const pieces = [
  'POST /orders?id=7 HT',
  'TP/1.1\r\nHost: example.org\r\nContent-Le',
  'ngth: 11\r\nX-Note: caf\xe9\r\n\r\nhello',
  ' world',
  'GET /next HTTP/1.1\r\nHost: example.org\r\n\r\n',
  'BAD REQUEST LINE\r\n\r\n',
];

const events = ['url', 'status', 'header_field', 'header_value', 'body'] as const;
const moments = ['message_begin', 'headers_complete', 'message_complete'] as const;

/** The bytes in the package's file, which are text there. */
function embedded(file: string): Uint8Array {
  const [text] = /[A-Za-z0-9+/=]{1000,}/.exec(readFileSync(file, 'utf8')) ?? [''];
  return Buffer.from(text, 'base64');
}

/** All that happens while the pieces are parsed, as text. */
function parse(make: (callbacks: Record<string, Callback>) => Engine): string[] {
  const seen: string[] = [];
  let bytes = (): Uint8Array => new Uint8Array();
  const callbacks: Record<string, Callback> = {};
  for (const event of events) {
    callbacks[`wasm_on_${event}`] = (_parser, at, length) => {
      const text = Buffer.from(bytes().subarray(at, at + length)).toString('latin1');
      seen.push(`${event}: ${JSON.stringify(text)}`);
      return 0;
    };
  }
  for (const moment of moments) {
    callbacks[`wasm_on_${moment}`] = () => {
      seen.push(moment);
      return 0;
    };
  }
  const engine = make(callbacks);
  ({ bytes } = engine);
  const { exports } = engine;
  exports._initialize();
  const parser = exports.llhttp_alloc(requestType);
  for (const piece of pieces) {
    const data = Buffer.from(piece, 'latin1');
    const at = exports.malloc(data.length);
    engine.bytes().set(data, at);
    const error = exports.llhttp_execute(parser, at, data.length);
    if (error !== 0) seen.push(`error ${error}, method ${exports.llhttp_get_method(parser)}`);
    exports.free(at);
  }
  exports.llhttp_free(parser);
  return seen;
}

function main(): void {
  using runtime = new Runtime();
  const module = runtime.load(wasm, { name: 'llhttp' });
  const ours = parse((callbacks) => {
    const env = Object.fromEntries(
      Object.entries(callbacks).map(([name, callback]) => [
        name,
        (_caller: Caller, parser: number, at: number, length: number) =>
          callback(parser, at, length),
      ]),
    );
    const instance = module.instantiate<Parser>({ imports: { env } });
    return { exports: instance.exports, bytes: () => instance.memory.bytes };
  });
  const theirs = parse((env) => {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env });
    const { memory } = instance.exports as unknown as { memory: WebAssembly.Memory };
    return {
      exports: instance.exports as unknown as Parser,
      bytes: () => new Uint8Array(memory.buffer),
    };
  });
  for (const line of ours) console.log(`  ${line}`);
  const same = ours.length > 10 && ours.join('\n') === theirs.join('\n');
  console.log(`Node's own WebAssembly: ${same ? 'the same' : 'DIFFERENT'}`);
  if (!same) process.exitCode = 1;
}

main();
