/** Compression by Rust, through wasm-bindgen, and back. */
import { noise, required } from '../../test/packages/program.js';

interface Brotli {
  compress(data: Uint8Array, options: { quality: number }): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

export function start(): Promise<() => unknown> {
  const brotli = required<Brotli>('brotli-wasm');
  const data = noise(200_000);
  return Promise.resolve(() => {
    const packed = brotli.compress(data, { quality: 6 });
    return [packed.length, brotli.decompress(packed).length];
  });
}
