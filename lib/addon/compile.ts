/** Compiles the addon from the sources that the package has, with node-gyp. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** Node's own headers, where they were installed with it; else node-gyp downloads them. */
function headersOfNode(): string[] {
  const prefix = resolve(dirname(process.execPath), '..');
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

/** node-gyp's program: what runs us says so, the project may have it, npm always has it. */
function findNodeGyp(folder: string): string | undefined {
  const given = process.env['npm_config_node_gyp'];
  if (given !== undefined && existsSync(given)) return given;
  for (const from of [process.cwd(), folder]) {
    try {
      return createRequire(join(from, 'package.json')).resolve('node-gyp/bin/node-gyp.js');
    } catch {
      // not there
    }
  }
  const npm = resolve(dirname(process.execPath), '../lib/node_modules/npm');
  const beside = join(npm, 'node_modules/node-gyp/bin/node-gyp.js');
  return existsSync(beside) ? beside : undefined;
}

/**
 * Leaves the addon in `build/Release` below `folder`, which is the package's; `fresh` does away with
 * what was compiled there before. What the compiler says is shown. Throws what to do when it fails.
 */
export function compileAddon(folder: string, fresh: boolean): void {
  const program = findNodeGyp(folder);
  if (program === undefined) {
    throw new Error('wembed: there is no node-gyp, which compiles addons: npm install node-gyp');
  }
  // A packed package has no binding.gyp: package managers would take it for one that compiles when
  // it is installed, and ask.
  const description = join(folder, 'binding.gyp');
  if (!existsSync(description)) {
    writeFileSync(description, "{ 'includes': ['native/addon/addon.gypi'] }\n");
  }
  const commands = fresh ? ['rebuild'] : ['configure', 'build'];
  for (const command of commands) {
    const args = [program, command, '--release', '-j', 'max', ...headersOfNode()];
    const result = spawnSync(process.execPath, args, { cwd: folder, stdio: 'inherit' });
    if (result.error) throw result.error;
    if (result.status === 0) continue;
    throw new Error(
      'wembed: the addon could not be compiled. That takes python3, make and a C++20 compiler\n' +
        '(gcc 12 or clang 14 or later); on Debian and Ubuntu: apt-get install g++ make python3',
    );
  }
}
