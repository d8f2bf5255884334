/** Turns a module's text, a file of this repository, into bytes. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import loadWabt from 'wabt';

const root = resolve(__dirname, '..');

export async function assemble(file: string): Promise<Uint8Array> {
  const wabt = await loadWabt();
  const text = readFileSync(join(root, file), 'utf8');
  const module = wabt.parseWat(file, text, { threads: true, exceptions: true });
  const { buffer } = module.toBinary({ write_debug_names: true });
  module.destroy();
  return buffer;
}
