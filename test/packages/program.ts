/** What each program of programs/ is: it uses one package and says what that has computed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder whose node_modules has the packages. */
const folder = process.env.WEMBED_TEST_PACKAGES ?? process.cwd();

const requireThere = createRequire(join(folder, 'package.json'));

/** The path of a file of a package, as `name/path`. */
export const pathOf = (file: string): string => join(folder, 'node_modules', file);

export const bytesOf = (file: string): Buffer => readFileSync(pathOf(file));

/** A CommonJS package, or file of one. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the program knows
export const required = <T>(name: string): T => requireThere(name) as T;

/** A file of a package that is a module of JavaScript. */
export const imported = async <T>(file: string): Promise<T> =>
  (await import(pathToFileURL(pathOf(file)).href)) as T;

/** One line of what is compared. Bytes are shown by their number and hash. */
export function tell(what: string, value: unknown): void {
  const text = ArrayBuffer.isView(value) ? digest(value) : JSON.stringify(value);
  process.stdout.write(`${what}: ${text}\n`);
}

function digest({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return `${byteLength} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Bytes that compress a little, the same in each run. */
export function noise(length: number): Uint8Array {
  let state = 12345;
  return Uint8Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return i % 3 === 0 ? state >> 16 : i >> 6;
  });
}

/** A picture of RGBA pixels. */
export function picture(width: number, height: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels.set([x * 3, y * 5, (x * y) >> 3, 255], (y * width + x) * 4);
    }
  }
  return pixels;
}
