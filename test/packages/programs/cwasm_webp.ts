/** A picture of WebP's, by the C library that other packages compile by themselves. */
import { bytesOf, imported, picture, required, tell } from '../program.js';

interface Decoder {
  readonly decode: (bytes: Uint8Array) => {
    data: Uint8ClampedArray;
    width: number;
    height: number;
  };
}
interface Encoder {
  init(module: unknown): Promise<unknown>;
  default(picture: object, options?: object): Promise<ArrayBuffer>;
}

export async function run(): Promise<void> {
  const encoder = await imported<Encoder>('@jsquash/webp/encode.js');
  await encoder.init(new WebAssembly.Module(bytesOf('@jsquash/webp/codec/enc/webp_enc_simd.wasm')));
  const given = { data: picture(90, 60), width: 90, height: 60 };
  const { decode } = required<Decoder>('@cwasm/webp');
  for (const options of [{ quality: 60 }, { lossless: 1 }]) {
    const { data, width, height } = decode(new Uint8Array(await encoder.default(given, options)));
    tell('size', [width, height]);
    tell('pixels', data);
  }
  try {
    decode(new Uint8Array(20));
  } catch (error) {
    tell('error', (error as Error).message);
  }
}
