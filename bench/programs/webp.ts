/** A picture into an image file, by a C library without vectors. */
import { bytesOf, imported, picture } from '../../test/packages/program.js';

interface Encoder {
  init(module: unknown): Promise<unknown>;
  default(picture: object, options?: object): Promise<ArrayBuffer>;
}

export async function start(): Promise<() => unknown> {
  const encoder = await imported<Encoder>('@jsquash/webp/encode.js');
  await encoder.init(new WebAssembly.Module(bytesOf('@jsquash/webp/codec/enc/webp_enc.wasm')));
  const given = { data: picture(256, 256), width: 256, height: 256 };
  return async () => (await encoder.default(given, { quality: 75 })).byteLength;
}
