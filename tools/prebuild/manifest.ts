/**
 * prebuilds/manifest.json: which binaries belong to the package, their hashes, and the hash of the
 * sources they were made from, so that a package never has binaries of other sources than it ships.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { targets } from './target.js';

export const root = resolve(__dirname, '../..');
export const prebuilds = join(root, 'prebuilds');
const path = join(prebuilds, 'manifest.json');

export interface Manifest {
  /** SHA-256 of all that is compiled, see `hashSources`. */
  sources: string;
  /** File in prebuilds/ to its SHA-256. */
  binaries: Record<string, string>;
}

export function hashFile(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Of every file's name and bytes, in order of the names. */
export function hashSources(): string {
  const files = ['native', 'include'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  );
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`${file}\0${hashFile(join(root, file))}\n`);
  return hash.digest('hex');
}

export function readManifest(): Manifest | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined;
}

/** Records all binaries that are there as made from today's sources. */
export function writeManifest(): void {
  const files = readdirSync(prebuilds).filter((file) => /\.(node|command)$/.test(file));
  const binaries = Object.fromEntries(
    files.sort().map((file) => [file, hashFile(join(prebuilds, file))]),
  );
  writeFileSync(path, JSON.stringify({ sources: hashSources(), binaries }, null, 2) + '\n');
}

/** Why the package must not be packed, a line each; empty when it may. */
export function findManifestProblems(): string[] {
  const manifest = readManifest();
  if (manifest === undefined) return ['there are no prebuilt binaries'];
  const problems: string[] = [];
  if (manifest.sources !== hashSources()) problems.push('native/ or include/ changed since');
  for (const { name } of targets) {
    for (const file of [`${name}.node`, `${name}.command`]) {
      if (!(file in manifest.binaries)) problems.push(`${file} was not made`);
    }
  }
  for (const [file, hash] of Object.entries(manifest.binaries)) {
    const binary = join(prebuilds, file);
    if (!existsSync(binary)) problems.push(`${file} is gone`);
    else if (hashFile(binary) !== hash) problems.push(`${file} is another than was made`);
  }
  return problems;
}
