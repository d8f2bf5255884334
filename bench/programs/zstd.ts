/** Compression by a C library, and back. */
import { noise, required } from '../../test/packages/program.js';

interface Zstd {
  init(): Promise<void>;
  compress(data: Uint8Array, level?: number): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

export async function start(): Promise<() => unknown> {
  const zstd = required<Zstd>('@bokuweb/zstd-wasm');
  await zstd.init();
  const data = noise(300_000);
  return () => {
    const packed = zstd.compress(data, 6);
    return [packed.length, zstd.decompress(packed).length];
  };
}
