/** A command of WASI's in AssemblyScript, compiled here. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathOf, tell } from '../program.js';
import { startGuest } from '../wasi_guest.js';

const source = `
console.log('größe ' + process.argv.join('|'));
console.log(process.env.has('HOME') ? 'a home' : 'no home');
let sum = 0;
for (let i = 0; i < 1000; i++) sum += i * i;
const words = new Map<string, i32>();
for (let i = 0; i < process.argv.length; i++) words.set(process.argv[i], i);
console.log(sum.toString() + ' ' + words.keys().sort().join() + ' ' + (Math.PI * 1e10).toString());
process.exit(7);
`;

export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'wembed-as-'));
  try {
    const [from, to] = [join(directory, 'main.ts'), join(directory, 'main.wasm')];
    writeFileSync(from, source);
    const compiler = pathOf('assemblyscript/bin/asc.js');
    // Below the working directory, which is where its own paths begin.
    const config = relative(process.cwd(), pathOf('@assemblyscript/wasi-shim/asconfig.json'));
    execFileSync(process.execPath, [compiler, from, '-o', to, '--config', config]);
    const args = ['program', 'b', 'a'];
    const imports = () => ({});
    const guest = await startGuest({ bytes: readFileSync(to), args, imports, directory });
    tell('exit code', guest.start());
    tell('output', guest.end());
  } finally {
    rmSync(directory, { recursive: true });
  }
}
