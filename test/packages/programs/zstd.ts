/** Compression. */
import { noise, required, tell } from '../program.js';

interface Zstd {
  init(): Promise<void>;
  compress(data: Uint8Array, level?: number): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

export async function run(): Promise<void> {
  const zstd = required<Zstd>('@bokuweb/zstd-wasm');
  await zstd.init();
  const data = noise(300_000);
  for (const level of [1, 9, 19]) {
    const packed = zstd.compress(data, level);
    tell(`level ${level}`, packed);
    tell('back', zstd.decompress(packed));
  }
}
