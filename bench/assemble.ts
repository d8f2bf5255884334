/** Assembles modules/*.wat, the small modules of the embedding operations. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import loadWabt from 'wabt';

const sources = join(__dirname, 'modules');
const output = resolve(__dirname, '..', 'out', 'bench', 'modules');

/** The folder with the assembled modules. */
export async function assembleModules(): Promise<string> {
  const wabt = await loadWabt();
  mkdirSync(output, { recursive: true });
  for (const file of readdirSync(sources).filter((name) => name.endsWith('.wat'))) {
    const path = join(sources, file);
    const module = wabt.parseWat(path, readFileSync(path, 'utf8'), { bulk_memory: true });
    writeFileSync(join(output, `${basename(file, '.wat')}.wasm`), module.toBinary({}).buffer);
    module.destroy();
  }
  return output;
}
