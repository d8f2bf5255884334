/** Modules with instructions that wabt does not know, from their text. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The module's bytes, with names; by binaryen, which changes the code but not what it does. */
export function assembleLater(text: string): Uint8Array {
  const program = join(__dirname, 'binaryen.mjs');
  return new Uint8Array(execFileSync(process.execPath, [program], { input: text }));
}
