/** Modules with instructions that wabt does not know, from their text. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A program is started for each text: once is enough. */
const known = new Map<string, Uint8Array>();

/** The module's bytes, with names; by binaryen, which changes the code but not what it does. */
export function assembleLater(text: string): Uint8Array {
  const made = known.get(text);
  if (made !== undefined) return made.slice();
  const program = join(__dirname, 'binaryen.mjs');
  const bytes = new Uint8Array(execFileSync(process.execPath, [program], { input: text }));
  known.set(text, bytes);
  return bytes.slice();
}
