/** Node-API by itself, as a yardstick of what the addon adds to it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

export interface BareAddon {
  /** An empty function. */
  nothing: () => void;
  /** Calls the function; what that throws goes through it. */
  pass: (callback: () => unknown) => unknown;
}

const root = resolve(__dirname, '..');

let loaded: BareAddon | undefined;

/** Compiled anew, which takes a tenth of a second. Throws what the compiler says. */
export function bareAddon(): BareAddon {
  if (loaded !== undefined) return loaded;
  const place = join(root, 'out', 'bench');
  mkdirSync(place, { recursive: true });
  const addon = join(place, 'bare_addon.node');
  const headers = join(root, 'node_modules', 'node-api-headers', 'include');
  const { error, status, stderr } = spawnSync(
    process.env.CC ?? 'cc',
    [
      '-O2',
      '-std=c11',
      '-fPIC',
      process.platform === 'darwin' ? '-bundle' : '-shared',
      ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
      `-I${headers}`,
      join(__dirname, 'addon', 'bare.c'),
      '-o',
      addon,
    ],
    { encoding: 'utf8' },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(stderr);
  loaded = createRequire(__filename)(addon) as BareAddon;
  return loaded;
}
