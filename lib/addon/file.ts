/** Addons as files: where the package has its own, and how one is loaded whatever a bundler did. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Nothing in a bundle that is an ES module. */
const here = typeof __dirname === 'string' ? __dirname : undefined;

/** The package's folder, seen from lib/ and from dist/ alike; undefined in a bundle. */
export const packageFolder = ((): string | undefined => {
  if (here === undefined) return undefined;
  const folder = resolve(here, '../..');
  return existsSync(join(folder, 'native', 'sources.txt')) ? folder : undefined;
})();

/** As package.json has it. */
export function packageVersion(): string {
  if (packageFolder === undefined) return 'unknown';
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Where `wembed build-addon` and the repository's own build leave it. */
export const compiledPath =
  packageFolder === undefined ? undefined : join(packageFolder, 'build', 'Release', 'wembed.node');

export function prebuiltPath(name: string): string | undefined {
  return packageFolder === undefined ? undefined : join(packageFolder, 'prebuilds', `${name}.node`);
}

/** Not by `require`, which bundlers would have to follow: the path is known only now. */
export function loadFile(path: string): unknown {
  const absolute = resolve(path);
  return createRequire(absolute)(absolute) as unknown;
}

/**
 * What a bundler left where the program said `require('...node')`: the addon, or the name of the file
 * it copied, as a path, as a URL, or from the bundle's place on.
 */
export function loadGiven(given: unknown): unknown {
  if (typeof given === 'object' && given !== null && 'default' in given) {
    return loadGiven(given.default);
  }
  if (typeof given !== 'string') return given;
  if (given.startsWith('file:')) return loadFile(fileURLToPath(given));
  return loadFile(isAbsolute(given) || here === undefined ? given : join(here, given));
}
