/** The guest of test/modules/wasi_calls.wat, which makes any call of WASI. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../../lib';
import { assemble } from './assemble';

type Values = (number | bigint)[];
export type Calls = Record<string, (...args: Values) => number>;

export const RESULT = 0x10;
const VECTOR = 0x20;
export const BUFFER = 0x4000;

export function assembleCalls(): Promise<Uint8Array> {
  return assemble(readFileSync(join(__dirname, '../modules/wasi_calls.wat'), 'utf8'));
}

export class CallsGuest {
  readonly instance: Instance<Calls, unknown>;

  constructor(instance: Instance<Calls, unknown>) {
    this.instance = instance;
  }

  call(name: string, ...args: Values): number {
    return this.instance.call(name, args);
  }

  word(at: number): number {
    return new DataView(this.instance.memory.buffer).getUint32(at, true);
  }

  text(at: number, length: number): string {
    return Buffer.from(this.instance.memory.buffer, at, length).toString();
  }

  /** What it takes there, in bytes. */
  put(at: number, text: string): number {
    return Buffer.from(this.instance.memory.buffer).write(text, at);
  }

  /** The place of a vector of one part, with room for `size` bytes. */
  vector(size: number, at = BUFFER): number {
    const view = new DataView(this.instance.memory.buffer);
    view.setUint32(VECTOR, at, true);
    view.setUint32(VECTOR + 4, size, true);
    return VECTOR;
  }
}
