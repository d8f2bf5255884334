/** Modules with instructions that wabt does not know, from their text. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Starting the program takes longer than its work: once for each text, once for many. */
const known = new Map<string, Uint8Array>();

/** Makes what assembleLater is going to be asked for, all at once. */
export function assembleAhead(texts: string[]): void {
  const program = join(__dirname, 'binaryen.mjs');
  const options = { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const made = JSON.parse(execFileSync(process.execPath, [program], options)) as string[];
  for (const [index, text] of texts.entries()) {
    known.set(text, new Uint8Array(Buffer.from(made[index] ?? '', 'base64')));
  }
}

/** The module's bytes, with names; by binaryen, which changes the code but not what it does. */
export function assembleLater(text: string): Uint8Array {
  if (!known.has(text)) assembleAhead([text]);
  return new Uint8Array(known.get(text) ?? []);
}
