/**
 * Runs guides: those that use the C library, against an installation of a build; or those named.
 *   tsx test/docs/run.ts --build out/cmake [PAGE...]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { hasWasmClang, needsLibrary, needsWasmClang, root, runPage } from './blocks';
import { installPackage } from './package_folder';

const command = new Command('run.ts')
  .description('Runs the code of guides')
  .option('--build <dir>', 'a build of the C library, which is installed for them')
  .argument('[page...]', 'default: all guides that use the C library')
  .parse();
const { build } = command.opts<{ build?: string }>();
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
const guides = readdirSync(join(root, 'docs/guides')).map((name) => `docs/guides/${name}`);
const pages =
  command.args.length > 0 ? command.args : guides.filter((page) => needsLibrary(textOf(page)));

const folder = build === undefined ? join(root, 'out/docs/blocks') : resolve(build, 'guides');
const prefix = join(folder, 'prefix');
if (build !== undefined) {
  rmSync(prefix, { recursive: true, force: true });
  execFileSync('cmake', ['--install', build, '--prefix', prefix], { stdio: 'pipe' });
}
if (pages.some((page) => /^```[tj]s/m.test(textOf(page)))) installPackage(folder);

for (const page of pages) {
  if (needsWasmClang(textOf(page)) && !hasWasmClang()) {
    console.log(`${page}: not run, without clang and lld for guests`);
    continue;
  }
  const start = performance.now();
  const place = { folder: join(folder, basename(page, '.md')) };
  runPage(page, build === undefined ? place : { ...place, prefix });
  console.log(`${page}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
