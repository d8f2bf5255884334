/** A picture to WebP, with SIMD, and back. */
import { bytesOf, imported, picture, tell } from '../program.js';

interface Picture {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}
interface Codec {
  init(module: unknown): Promise<unknown>;
}
interface Encoder extends Codec {
  default(picture: Picture, options?: object): Promise<ArrayBuffer>;
}
interface Decoder extends Codec {
  default(data: ArrayBuffer): Promise<Picture>;
}

class ImageData implements Picture {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

export async function run(): Promise<void> {
  Object.assign(globalThis, { ImageData });
  const folder = '@jsquash/webp';
  const moduleOf = (name: string) => new WebAssembly.Module(bytesOf(`${folder}/codec/${name}`));
  const encoder = await imported<Encoder>(`${folder}/encode.js`);
  await encoder.init(moduleOf('enc/webp_enc_simd.wasm'));
  const given = new ImageData(picture(200, 150), 200, 150);
  const lossy = await encoder.default(given, { quality: 70 });
  tell('lossy', new Uint8Array(lossy));
  tell('lossless', new Uint8Array(await encoder.default(given, { lossless: 1 })));
  const decoder = await imported<Decoder>(`${folder}/decode.js`);
  await decoder.init(moduleOf('dec/webp_dec.wasm'));
  const { data, width, height } = await decoder.default(lossy);
  tell('decoded', data);
  tell('size', [width, height]);
}
