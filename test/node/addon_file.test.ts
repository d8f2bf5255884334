/** Which addon is loaded, and what is said when none can be. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../..');
const addon = process.env['WEMBED_ADDON'] ?? join(root, 'build/Release/wembed.node');
const folder = mkdtempSync(join(tmpdir(), 'wembed-addon-'));
/** A package that has the loader and whatever a test puts into it. */
const home = join(folder, 'node_modules', 'wembed');
const system = `linux-${process.arch}`;

beforeAll(() => {
  for (const file of readdirSync(join(root, 'lib/addon'))) {
    const text = readFileSync(join(root, 'lib/addon', file), 'utf8');
    const { CommonJS: module } = ts.ModuleKind;
    const options = { module, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
    const { outputText } = ts.transpileModule(text, { compilerOptions: options });
    put(`dist/addon/${file.replace(/ts$/, 'js')}`, outputText);
  }
});

beforeEach(() => {
  for (const part of ['native', 'prebuilds', 'build']) {
    rmSync(join(home, part), { recursive: true, force: true });
  }
  put('native/sources.txt', '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), content);
}

function list(...names: string[]): void {
  const binaries = Object.fromEntries(names.map((name) => [`${name}.node`, '']));
  put('prebuilds/manifest.json', JSON.stringify({ binaries }));
}

/** What a program says that loads the addon: its kind and version, or the error. */
function load(env: Record<string, string> = {}, options: string[] = []): string {
  const program =
    'try { const { kind, addon } = require("wembed/dist/addon/load.js").loadAddon();' +
    ' console.log(kind, addon.version); } catch (error) { console.log(error.code, error.message); }';
  const result = spawnSync(process.execPath, [...options, '-e', program], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LD_PRELOAD: process.env['LD_PRELOAD'], ...env },
  });
  return result.stdout.trim() || result.stderr;
}

test('what was compiled on purpose goes before what came with the package', () => {
  list(system);
  mkdirSync(join(home, 'build/Release'), { recursive: true });
  copyFileSync(addon, join(home, 'prebuilds', `${system}.node`));
  expect(load()).toMatch(/^prebuilt \d/);
  copyFileSync(addon, join(home, 'build/Release/wembed.node'));
  expect(load()).toMatch(/^compiled \d/);
  expect(load({ WEMBED_ADDON: addon })).toMatch(/^named \d/);
});

test('what WEMBED_ADDON names is loaded or nothing', () => {
  list(system);
  copyFileSync(addon, join(home, 'prebuilds', `${system}.node`));
  const text = load({ WEMBED_ADDON: 'gone.node' });
  expect(text).toContain('gone.node: there is no such file');
  expect(text).toContain('WEMBED_ADDON has to name');
});

test('a compiled one that cannot be loaded does not hide the one of the package', () => {
  list(system);
  copyFileSync(addon, join(home, 'prebuilds', `${system}.node`));
  put('build/Release/wembed.node', 'no addon');
  expect(load()).toMatch(/^prebuilt \d/);
});

test('a binary that is gone', () => {
  list(system);
  const text = load();
  expect(text).toMatch(/^WEMBED_NO_ADDON wembed: there is no addon that can be loaded on linux-/);
  expect(text).toContain(`Node ${process.versions.node}`);
  expect(text).toContain(`prebuilds/${system}.node: there is no such file`);
  expect(text).toContain('npm ci');
  expect(text).not.toContain('This is the repository');
  expect(load({ npm_config_user_agent: 'pnpm/12.0.0 npm/?' })).toContain('pnpm install --force');
});

test('a system that the package has no binary for', () => {
  list('aix-ppc64');
  const text = load();
  expect(text).toContain('the package has no binary for this system');
  expect(text).toContain('npx wembed build-addon');
  expect(load({ npm_config_user_agent: 'bun/1.4.5' })).toContain('bunx wembed build-addon');
});

test('the repository before anything was built', () => {
  expect(load()).toContain('npm ci');
});

test('a binary for another processor', () => {
  list(system);
  const bytes = readFileSync(addon);
  const other =
    process.arch === 'x64' ? { machine: 183, name: 'arm64' } : { machine: 62, name: 'x64' };
  bytes.writeUInt16LE(other.machine, 18);
  put(`prebuilds/${system}.node`, bytes);
  const text = load();
  expect(text).toContain(`is for ${other.name}, this is ${process.arch}`);
  expect(text).toContain('npm ci');
});

test('a glibc that is too old', () => {
  list(system);
  // The name of a version that the file asks for, replaced by one that no glibc has.
  const bytes = readFileSync(addon);
  const name = /GLIBC_2\.\d\d(?=\0)/.exec(bytes.toString('latin1'));
  expect(name).not.toBeNull();
  const [asked = ''] = name ?? [];
  // The loader compares hashes: the file's is that of the new name.
  const hash = (text: string): number => {
    let h = 0;
    for (const letter of Buffer.from(text)) {
      h = ((h << 4) + letter) >>> 0;
      h = (h ^ ((h >>> 24) & 0xf0)) & 0x0fffffff;
    }
    return h >>> 0;
  };
  const from = Buffer.alloc(4);
  const to = Buffer.alloc(4);
  from.writeUInt32LE(hash(asked));
  to.writeUInt32LE(hash('GLIBC_2.99'));
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) to.copy(bytes, at);
  bytes.write('GLIBC_2.99', name?.index ?? 0, 'latin1');
  put(`prebuilds/${system}.node`, bytes);
  const text = load();
  expect(text).toContain('needs glibc 2.99 or later; this system has 2.');
  expect(text).toContain('npx wembed build-addon');
});

test('Node that may load no addons says which option is missing', () => {
  list(system);
  copyFileSync(addon, join(home, 'prebuilds', `${system}.node`));
  const permission = Number(process.versions.node.split('.')[0]) >= 23 ? '' : 'experimental-';
  const options = [`--${permission}permission`, `--allow-fs-read=${folder}/*`];
  const text = load({}, options);
  expect(text).toContain('Node was told not to load addons');
  expect(text).toContain('--allow-addons');
});

test('all of it works where a bundler has put the loader and no package is', () => {
  cpSync(join(home, 'dist'), join(folder, 'bundle/a/dist'), { recursive: true });
  const program = 'require("./bundle/a/dist/addon/load.js").loadAddon()';
  const { stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, WEMBED_ADDON: '' },
  });
  expect(stderr).toContain('The bundler has to copy the .node files');
});
