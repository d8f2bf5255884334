/**
 * How large the library may be, and each folder's part in it, in KiB of a stripped release for
 * x86-64 by gcc 12. What is added raises its line in sizes.json, in the same commit, for all to see.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readElf } from '../../tools/prebuild/elf';

const root = resolve(__dirname, '../..');
const library = process.env['WEMBED_LIBRARY'] ?? join(root, 'out/cmake', 'libwembed.so');
const build = dirname(library);
const bounds = JSON.parse(readFileSync(join(__dirname, 'sizes.json'), 'utf8')) as {
  library: number;
  small: number;
  addon: number;
  folders: Record<string, number>;
};

function kibibytes(path: string): number {
  const kept = readElf(path).sections.filter(({ isKept }) => isKept);
  return kept.reduce((sum, { size }) => sum + size, 0) / 1024;
}

/** A folder's object files, before the linker leaves out what nobody calls. */
function folderSize(folder: string): number {
  const files = readdirSync(join(build, 'CMakeFiles', `wembed_${folder}.dir`), {
    recursive: true,
    withFileTypes: true,
  });
  return files
    .filter((file) => file.name.endsWith('.o'))
    .reduce((sum, file) => sum + kibibytes(join(file.parentPath, file.name)), 0);
}

function reasonToSkip(): string {
  if (!existsSync(library)) return 'the library is not built';
  const settings = readFileSync(join(build, 'CMakeCache.txt'), 'utf8');
  if (!/^CMAKE_BUILD_TYPE:\w+=Release$/m.test(settings)) return 'it is no release';
  if (!readFileSync(library).includes('GCC: (Debian 12')) return 'it is not by gcc 12';
  return readElf(library).arch === 'x64' ? '' : 'it is not for x86-64';
}

const reason = reasonToSkip();
const show = reason === '' ? describe : describe.skip;
if (reason !== '') console.warn(`Sizes are not looked at: ${reason}.`);

show(`sizes${reason === '' ? '' : ` (not looked at: ${reason})`}`, () => {
  test('the stripped library', () => {
    expect(kibibytes(library)).toBeLessThanOrEqual(bounds.library);
  });

  test('the native command, with all of the library in it', () => {
    const around = 16; // the exports' names are in a program twice
    expect(kibibytes(join(build, 'bin', 'wembed'))).toBeLessThanOrEqual(
      bounds.library + (bounds.folders['command'] ?? 0) + around,
    );
  });

  test.each(Object.entries(bounds.folders))('native/%s', (folder, bound) => {
    const size = folderSize(folder);
    expect(size).toBeLessThanOrEqual(bound);
    // A bound that nobody comes near bounds nothing.
    expect(size).toBeGreaterThan(bound * 0.6);
  });

  test('every folder has its line', () => {
    const folders = readdirSync(join(root, 'native'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'addon')
      .map(({ name }) => name);
    expect(Object.keys(bounds.folders).sort()).toEqual(folders.sort());
  });

  const small = join(root, 'out/cmake-small/libwembed.so');
  (existsSync(small) ? test : test.skip)('the small build', () => {
    expect(kibibytes(small)).toBeLessThanOrEqual(bounds.small);
    expect(kibibytes(small)).toBeLessThan(kibibytes(library) * 0.8);
  });

  const addon = join(root, 'prebuilds/linux-x64.node');
  (existsSync(addon) ? test : test.skip)('the prebuilt addon', () => {
    expect(kibibytes(addon)).toBeLessThanOrEqual(bounds.addon);
  });
});
