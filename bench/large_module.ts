/** Modules of any size, so that loading can be measured without anything installed. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { header, name, section, unsigned, vector } from '../test/fuzz/wasm_writer.js';

const output = resolve(__dirname, '..', 'out', 'bench', 'modules');

const i32 = 0x7f;
const bodyBytes = 400;

/** A body of about that many bytes: a sum of constants and of its parameter. */
function body(seed: number): number[] {
  const code = [0x20, 0]; // local.get 0
  while (code.length < bodyBytes) {
    code.push(0x41, ...unsigned((seed + code.length) & 0x3fff), 0x6a, 0x20, 0, 0x73); // add, xor
  }
  return [...unsigned(code.length + 2), 0, ...code, 0x0b];
}

/** The path of a module of that many megabytes, made of functions of 400 bytes. */
export function largeModule(megabytes: number): string {
  const path = resolve(output, `generated_${megabytes}mb.wasm`);
  if (existsSync(path)) return path;
  const count = Math.round((megabytes * 1e6) / (bodyBytes + 8));
  const bodies = Array.from({ length: count }, (_, i) => Buffer.from(body(i)));
  const code = Buffer.concat([Buffer.from(unsigned(count)), ...bodies]);
  const functions = Buffer.concat([Buffer.from(unsigned(count)), Buffer.alloc(count)]);
  const withSize = (id: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([id, ...unsigned(content.length)]), content]);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from(header),
      Buffer.from(section(1, [[0x60, ...vector([[i32]]), ...vector([[i32]])]])),
      withSize(3, functions),
      Buffer.from(section(7, [[...name('run'), 0, 0]])),
      withSize(10, code),
    ]),
  );
  return path;
}
