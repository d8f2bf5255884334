/** Who owns a module's bytes: copied, borrowed, transferred, or a file that is mapped. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime, WembedError } from 'wembed';

// (func (export "answer") (result i32) (i32.const 42))
const bytes = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 10, 1, 6, 97, 110, 115, 119,
  101, 114, 0, 0, 10, 6, 1, 4, 0, 65, 42, 11,
]);

interface Exports {
  readonly answer: () => number;
}

function show(what: string, text: string): void {
  console.log(`${what.padEnd(10)} ${text}`);
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'wembed-'));
  const path = join(folder, 'answer.wasm');
  writeFileSync(path, bytes);
  using runtime = new Runtime();

  // The default: the buffer stays yours, and may change.
  const copied = runtime.load(bytes);
  show('copy', `answers ${copied.instantiate<Exports>().exports.answer()}`);

  // Not copied: the module and you have the same memory, and workers may have it too.
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  const borrowed = runtime.load(shared, { ownership: 'borrow' });
  show('borrow', `answers ${borrowed.instantiate<Exports>().exports.answer()}`);

  // Not copied: the buffer is given away.
  const buffer = bytes.slice().buffer;
  const transferred = runtime.load(buffer, { ownership: 'transfer' });
  show('transfer', `answers ${transferred.instantiate<Exports>().exports.answer()}`);
  show('', `the buffer has ${buffer.byteLength} bytes left`);

  // What cannot be had says what to do instead.
  for (const [ownership, given] of [
    ['borrow', bytes.slice()],
    ['transfer', Buffer.from('a small Buffer is part of a larger one')],
  ] as const) {
    try {
      runtime.load(given, { ownership });
    } catch (error) {
      show('refused', (error as Error).message);
    }
  }

  // Not copied, and not even read before it is needed.
  const { exports } = runtime.loadFile(path).instantiate<Exports>();
  truncateSync(path, 0);
  try {
    show('file', `answers ${exports.answer()}`);
  } catch (error) {
    if (!(error instanceof WembedError)) throw error;
    show('file', `cut short while in use: ${error.code}, ${error.message}`);
  }
  rmSync(folder, { recursive: true });
}

main();
