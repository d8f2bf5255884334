/** How deep calls of a guest and its host lie inside each other when JavaScript's stack is used up. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as wembed from '../lib/index.js';
import { bareAddon } from './bare_addon.js';
import { median, withRatio, type Row, type Settings } from './row.js';

/** A call that calls back, by whatever it goes through. */
type Opened = (callback: () => number) => () => unknown;

interface Guest {
  call_plain: (n: number) => number;
}

function depthOf(open: Opened): number {
  let depth = 0;
  const enter = open(() => {
    depth += 1;
    enter();
    return 0;
  });
  try {
    enter();
  } catch {
    return depth;
  }
  throw new Error('nothing ended the calls');
}

const nobody = (): number => 0;

function ways({ Runtime }: typeof wembed, modules: string): { wembed: Opened; v8: Opened } {
  const bytes = readFileSync(join(modules, 'calls.wasm'));
  const module = new Runtime().load(bytes);
  const v8Module = new WebAssembly.Module(bytes);
  return {
    wembed: (plain) => {
      const imports = { env: { plain, raw: nobody, buffer: nobody } };
      const guest = module.instantiate({ imports }).exports as unknown as Guest;
      return () => guest.call_plain(1);
    },
    v8: (plain) => {
      const imports = { env: { plain, raw: nobody, buffer: nobody } };
      const guest = new WebAssembly.Instance(v8Module, imports).exports as unknown as Guest;
      return () => guest.call_plain(1);
    },
  };
}

/** Twice what callbacks through an empty function of Node-API reach is aimed at. */
export function measureNesting(
  row: Row,
  library: typeof wembed,
  modules: string,
  { rounds }: Settings,
): Row {
  const { wembed, v8 } = ways(library, modules);
  const { pass } = bareAddon();
  const bare: Opened = (callback) => () => pass(callback);
  // Where code is compiled its frames become smaller: the first are the deepest to come to no good.
  const often = (open: Opened): number =>
    median(Array.from({ length: rounds }, () => depthOf(open)));
  const value = 2 * often(bare);
  const text = `twice Node-API's callbacks: ${value}`;
  return withRatio({ ...row, wembed: often(wembed), v8: often(v8), target: { text, value } });
}
