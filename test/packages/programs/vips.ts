/** Pictures through libvips: SIMD, a pool of threads in workers, C++ exceptions. */
import { required, picture, tell } from '../program.js';

interface Image {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  resize(scale: number): Image;
  gaussblur(sigma: number): Image;
  rot90(): Image;
  sharpen(): Image;
  histFind(): Image;
  writeToMemory(): Uint8Array;
  writeToBuffer(format: string, options?: object): Uint8Array;
  avg(): number;
  copy(options: object): Image;
}
interface Vips {
  version(): string;
  concurrency(): number;
  readonly Image: {
    newFromMemory(...args: [Uint8Array, number, number, number, string]): Image;
    newFromBuffer(data: Uint8Array): Image;
  };
  shutdown(): void;
}

export async function run(): Promise<void> {
  const vips = await required<(options?: object) => Promise<Vips>>('wasm-vips')({ dynamicLibraries: [] });
  tell('version', vips.version());
  tell('more than one thread', vips.concurrency() > 1);
  const { Image } = vips;
  const pixels = Uint8Array.from(picture(640, 480));
  const raw = Image.newFromMemory(pixels, 640, 480, 4, 'uchar');
  const image = raw.copy({ interpretation: 'srgb' });
  tell('average', image.avg());
  tell('smaller', image.resize(0.37).writeToMemory());
  tell('blurred', image.gaussblur(3).writeToMemory());
  tell('sharper', image.sharpen().rot90().writeToMemory());
  tell('histogram', image.histFind().writeToMemory());
  const png = image.writeToBuffer('.png');
  tell('png', png);
  const jpeg = image.writeToBuffer('.jpg', { Q: 80 });
  tell('jpeg', jpeg);
  const again = Image.newFromBuffer(jpeg);
  tell('size', [again.width, again.height, again.bands]);
  tell('decoded', again.writeToMemory());
  try {
    Image.newFromBuffer(Buffer.from('nothing of the kind'));
  } catch (error) {
    tell('error', (error as Error).message);
  }
  vips.shutdown();
} // prettier-ignore
