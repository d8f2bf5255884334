/** The hash functions of the npm package xxhash-wasm, over a few megabytes put into its memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Runtime, u8 } from 'wembed';

interface Hashes {
  readonly xxh32: (at: number, length: number, seed: number) => number;
  readonly xxh64: (at: number, length: number, seed: bigint) => bigint;
}

const packages = join(__dirname, '..', '..', 'node_modules');
const wasm = readFileSync(join(packages, 'xxhash-wasm', 'workerd', 'xxhash.wasm'));
const sizes = [0, 1, 15, 16, 17, 1000, 65536, 3_000_001];

/** Bytes that look like nothing in particular, the same each time. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 0x2545f491;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

function hash({ xxh32, xxh64 }: Hashes, length: number): string {
  const small = (xxh32(0, length, 7) >>> 0).toString(16).padStart(8, '0');
  const large = BigInt.asUintN(64, xxh64(0, length, 7n))
    .toString(16)
    .padStart(16, '0');
  return `${small} ${large}`;
}

function main(): void {
  const data = noise(Math.max(...sizes));
  const pages = Math.ceil(data.length / 65536);

  using runtime = new Runtime();
  const instance = runtime.load(wasm, { name: 'xxhash' }).instantiate<Hashes>();
  instance.memory.grow(pages);
  instance.memory.view(u8).set(data);

  const native = new WebAssembly.Instance(new WebAssembly.Module(wasm))
    .exports as unknown as Hashes & { mem: WebAssembly.Memory };
  native.mem.grow(pages);
  new Uint8Array(native.mem.buffer).set(data);

  for (const size of sizes) {
    const ours = hash(instance.exports, size);
    const same = ours === hash(native, size);
    const length = String(size).padStart(8);
    console.log(`${length} bytes  ${ours}  ${same ? "as Node's own" : "NOT AS NODE'S OWN"}`);
    if (!same) process.exitCode = 1;
  }
}

main();
