/**
 * The decoder of the npm package source-map, written in Rust: it reads the mappings of a real
 * source map and calls back for each of them, some hundred thousand times. The guest's own allocator gives
 * the memory.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Caller, Runtime } from 'wembed';

interface Decoder {
  allocate_mappings(size: number): number;
  parse_mappings(at: number): number;
  by_generated_location(mappings: number): void;
  free_mappings(mappings: number): void;
}

interface Engine {
  readonly exports: Decoder;
  readonly bytes: () => Uint8Array;
}

type Callback = (...mapping: number[]) => void;

const packages = join(__dirname, '..', '..', 'node_modules');
const wasm = readFileSync(join(packages, 'source-map', 'lib', 'mappings.wasm'));
const map = join(packages, 'assemblyscript', 'dist', 'assemblyscript.js.map');

/** Every mapping as a line of text, in the order in which the decoder gives them. */
function decode(mappings: string, make: (callback: Callback) => Engine): string[] {
  const lines: string[] = [];
  const engine = make((...mapping) => lines.push(mapping.join(' ')));
  const { exports } = engine;
  const at = exports.allocate_mappings(mappings.length);
  engine.bytes().set(Buffer.from(mappings, 'latin1'), at);
  const parsed = exports.parse_mappings(at);
  exports.by_generated_location(parsed);
  exports.free_mappings(parsed);
  return lines;
}

function main(): void {
  const { mappings } = JSON.parse(readFileSync(map, 'utf8')) as { mappings: string };
  using runtime = new Runtime();
  const module = runtime.load(wasm, { name: 'mappings' });
  const ours = decode(mappings, (callback) => {
    const mapping_callback = (_caller: Caller, ...mapping: number[]): void => callback(...mapping);
    const instance = module.instantiate<Decoder>({ imports: { env: { mapping_callback } } });
    return { exports: instance.exports, bytes: () => instance.memory.bytes };
  });
  const theirs = decode(mappings, (mapping_callback) => {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
      env: { mapping_callback },
    });
    const { memory } = instance.exports as unknown as { memory: WebAssembly.Memory };
    return {
      exports: instance.exports as unknown as Decoder,
      bytes: () => new Uint8Array(memory.buffer),
    };
  });
  const same = ours.length > 0 && ours.join('\n') === theirs.join('\n');
  console.log(
    `${mappings.length} characters hold ${ours.length} mappings; the last: ${ours.at(-1)}`,
  );
  console.log(`Node's own WebAssembly: ${same ? 'the same' : 'DIFFERENT'}`);
  if (!same) process.exitCode = 1;
}

main();
