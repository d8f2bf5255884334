/**
 * Finds the addon and loads it: the file that WEMBED_ADDON names and no other; else one compiled in
 * the package's folder, which somebody did on purpose; else the package's binary for this system.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- .node files have no import */
import { existsSync } from 'node:fs';
import { compiledPath, loadFile, loadGiven, prebuiltPath } from './file.js';
import { AddonError, type Attempt } from './failure.js';
import { systemName } from './system.js';

export interface LoadedAddon {
  readonly addon: unknown;
  readonly path: string;
  readonly kind: 'named' | 'compiled' | 'prebuilt';
}

/**
 * The binaries that come with the package. A `require` of a constant tells bundlers and packers that
 * the file belongs to the program; other systems' files are found in an unpacked package alone.
 */
const inBundles: Record<string, (() => unknown) | undefined> = {
  'linux-x64': () => require('../../prebuilds/linux-x64.node') as unknown,
  'linux-arm64': () => require('../../prebuilds/linux-arm64.node') as unknown,
};

function loadPrebuilt(name: string, path: string): unknown {
  const inBundle = inBundles[name];
  return inBundle === undefined ? loadFile(path) : loadGiven(inBundle());
}

/** The addon, or why not. */
export function loadAddon(): LoadedAddon {
  const attempts: Attempt[] = [];
  const tried = (
    kind: LoadedAddon['kind'],
    path: string,
    load: () => unknown,
  ): LoadedAddon | undefined => {
    try {
      return { kind, path, addon: load() };
    } catch (error) {
      attempts.push({ kind, path, error });
      return undefined;
    }
  };

  const named = process.env['WEMBED_ADDON'] ?? '';
  if (named !== '') {
    const loaded = tried('named', named, () => loadFile(named));
    if (loaded === undefined) throw new AddonError(attempts);
    return loaded;
  }
  if (compiledPath !== undefined && existsSync(compiledPath)) {
    const path = compiledPath;
    const loaded = tried('compiled', path, () => loadFile(path));
    if (loaded !== undefined) return loaded;
  }
  const name = systemName();
  const path = prebuiltPath(name) ?? `${name}.node`;
  const loaded = tried('prebuilt', path, () => loadPrebuilt(name, path));
  if (loaded === undefined) throw new AddonError(attempts);
  return loaded;
}
