/**
 * What an instance looks like inside: as data to reckon with, as text, and as a page with a map of
 * its memory. With a file's name as argument the page is written there.
 */
import { writeFileSync } from 'node:fs';
import { Runtime, f32, struct, u8, f64 } from 'wembed';
import { assemble } from '../assemble';

interface Functions {
  enter(bytes: number): void;
}

async function main(): Promise<void> {
  using runtime = new Runtime();
  const module = runtime.load(await assemble('examples/c/inspect.wat'), { name: 'inspect.wasm' });
  using instance = module.instantiate<Functions>({ heapSize: 65536 });
  using samples = instance.malloc(f32, 500);
  using points = instance.malloc(struct({ x: f64, y: f64 }), 40);
  instance.malloc(u8, 1000).free();
  instance.exports.enter(9000); // as a function of the program's would
  samples.view.fill(1);

  const inspection = instance.inspect();
  const [memory] = inspection.memories;
  const owned = inspection.buffers.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${owned} bytes are the host's own, ${points.byteLength} of them points`);
  for (const { kind, bytes } of memory?.regions ?? []) console.log(`${kind}: ${bytes} bytes`);
  console.log(`\n${String(inspection)}`);

  const page = inspection.toHtml();
  console.log(`as a page: ${page.length} characters`);
  const [, , file] = process.argv;
  if (file !== undefined) writeFileSync(file, page);
  if (owned !== 500 * 4 + 40 * 16) process.exitCode = 1;
}

void main();
