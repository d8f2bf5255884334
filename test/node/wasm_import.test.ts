/** `import app from './app.wasm'`: by Node, esbuild and Vite as they are, and by TypeScript. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import ts from 'typescript';
import { installPackage } from '../docs/package_folder';
import { assemble } from './assemble';
import { userOptions } from './type_checker';

const root = resolve(__dirname, '../..');
const packed = join(root, 'out/loaders');

/** A sum of two points, given by value; `factor` tells one build from another. */
const guest = (factor: number): string => `(module
  (memory (export "memory") 1)
  (global (export "__stack_pointer") (mut i32) (i32.const 65536))
  (func (export "add") (param $to i32) (param $a i32) (param $b i32)
    (f32.store (local.get $to) (f32.mul (f32.const ${factor})
      (f32.add (f32.load (local.get $a)) (f32.load (local.get $b)))))
    (f32.store offset=4 (local.get $to)
      (f32.add (f32.load offset=4 (local.get $a)) (f32.load offset=4 (local.get $b))))))`;

const description = {
  version: 1,
  types: {
    point: {
      kind: 'struct',
      size: 8,
      align: 4,
      fields: [
        { name: 'x', at: 0, type: 'f32' },
        { name: 'y', at: 4, type: 'f32' },
      ],
    },
  },
  functions: {
    add: {
      params: [
        { name: 'a', type: 'point' },
        { name: 'b', type: 'point' },
      ],
      result: 'point',
    },
  },
  imports: {},
};

const program = `
using runtime = new Runtime();
using instance = app.load(runtime).instantiate();
console.log(JSON.stringify(instance.exports.add({ x: 1, y: 2 }, { x: 3, y: 4 })), point.size);
`;
const esm = `import { Runtime } from 'wembed';\nimport app, { point } from './app.wasm';\n${program}`;
const cjs = `const { Runtime } = require('wembed');\nconst { default: app, point } = require('./app.wasm');\n${program}`;
const plain = (code: string): string => code.replace(/using (\w+)/g, 'const $1');

let folder: string;
const at = (name: string): string => join(folder, name);

async function writeGuest(factor: number): Promise<void> {
  writeFileSync(at('app.wasm'), await assemble(guest(factor)));
}

beforeAll(() => {
  installPackage(packed);
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wembed-import-'));
  mkdirSync(at('node_modules'));
  symlinkSync(join(packed, 'node_modules/wembed'), at('node_modules/wembed'));
  for (const name of ['vite', 'esbuild']) {
    symlinkSync(dirname(require.resolve(`${name}/package.json`)), at(`node_modules/${name}`));
  }
  await writeGuest(1);
  writeFileSync(at('app.types.json'), JSON.stringify(description));
  writeFileSync(at('package.json'), '{ "type": "module" }');
  writeFileSync(at('main.mjs'), plain(esm));
  writeFileSync(at('main.cjs'), plain(cjs));
});

const run = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();
const right = '{"x":4,"y":6} 8';

describe('Node', () => {
  test.each(['main.mjs', 'main.cjs'])('%s', (file) => {
    expect(run('--import', 'wembed/register-types', file)).toBe(right);
    expect(existsSync(at('app.d.wasm.ts'))).toBe(false);
  });

  test('--require too', () => {
    expect(run('--require', 'wembed/register-types', 'main.cjs')).toBe(right);
  });

  test('a file that is no module is told with its name', () => {
    writeFileSync(at('app.wasm'), 'no module');
    expect(() => run('--import', 'wembed/register-types', 'main.mjs')).toThrow(/app\.wasm: /);
    expect(() => run('--import', 'wembed/register-types', 'main.cjs')).toThrow(/app\.wasm: /);
  });

  test('a description that is wrong as well', () => {
    writeFileSync(at('app.types.json'), '{ "version": 2 }');
    expect(() => run('--import', 'wembed/register-types', 'main.mjs')).toThrow(
      /app\.types\.json: .*version/,
    );
  });
});

const watchers: Watcher[] = [];

/** A script that goes on, and its lines one by one; it ends with the test. */
class Watcher {
  readonly #lines: AsyncIterator<string>;
  readonly #process: ChildProcess;

  constructor(...args: readonly string[]) {
    this.#process = spawn(process.execPath, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('there is no output');
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]();
    watchers.push(this);
  }

  /** Reads until a line is `wanted`. */
  async until(wanted: string): Promise<void> {
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) throw new Error(`it ended without ${wanted}`);
      if (line.value === wanted) return;
    }
  }

  async end(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}

let timer: ReturnType<typeof setInterval> | undefined;
afterEach(async () => {
  clearInterval(timer);
  for (const watcher of watchers.splice(0)) await watcher.end();
  rmSync(folder, { recursive: true });
});

/** Writes a file again and again until `work` is done: what watches it may begin late. */
async function writing(
  file: string,
  bytes: Uint8Array | string,
  work: Promise<void>,
): Promise<void> {
  const write = (): void => {
    writeFileSync(file, bytes);
  };
  write();
  timer = setInterval(write, 500);
  await work;
  clearInterval(timer);
}

const doubled = '{"x":8,"y":6} 8';

describe('esbuild', () => {
  const script = (format: string): string => `
    import { build } from 'esbuild';
    import { wembed } from 'wembed/esbuild';
    await build({ entryPoints: ['main.mjs'], bundle: true, platform: 'node', format: '${format}',
      external: ['wembed'], outfile: 'out/main.${format === 'esm' ? 'mjs' : 'cjs'}', plugins: [wembed()] });`;

  test.each(['esm', 'cjs'])('%s: the module is in the bundle', (format) => {
    writeFileSync(at('build.mjs'), script(format));
    run('build.mjs');
    rmSync(at('app.wasm'));
    expect(run(`out/main.${format === 'esm' ? 'mjs' : 'cjs'}`)).toBe(right);
    expect(readFileSync(at('app.d.wasm.ts'), 'utf8')).toContain('export interface point {');
  });

  test('the plugin is there for require, and may leave the declarations', () => {
    writeFileSync(
      at('build.cjs'),
      `const { wembed } = require('wembed/esbuild');
      require('esbuild').build({ entryPoints: ['main.cjs'], bundle: true, platform: 'node',
        external: ['wembed'], outfile: 'out/main.cjs', plugins: [wembed({ declarations: false })] });`,
    );
    run('build.cjs');
    expect(run('out/main.cjs')).toBe(right);
    expect(existsSync(at('app.d.wasm.ts'))).toBe(false);
  });

  test('made again when the module or its description changes', async () => {
    writeFileSync(
      at('watch.mjs'),
      `import { context } from 'esbuild';
      import { execFileSync } from 'node:child_process';
      import { wembed } from 'wembed/esbuild';
      const report = { name: 'report', setup(build) { build.onEnd(({ errors }) => {
        if (errors.length === 0) console.log(execFileSync(process.execPath, ['out/main.mjs'], { encoding: 'utf8' }).trim());
      }); } };
      const made = await context({ entryPoints: ['main.mjs'], bundle: true, platform: 'node', format: 'esm',
        logLevel: 'silent', external: ['wembed'], outfile: 'out/main.mjs', plugins: [wembed(), report] });
      await made.watch();`,
    );
    const watcher = new Watcher('watch.mjs');
    await watcher.until(right);
    await writing(at('app.wasm'), await assemble(guest(2)), watcher.until(doubled));
    const other = JSON.stringify(description).replace('"size":8', '"size":16');
    await writing(at('app.types.json'), other, watcher.until('{"x":8,"y":6} 16'));
  });
});

describe('Vite', () => {
  test('a build has the module in it', () => {
    writeFileSync(
      at('vite.config.mjs'),
      "import { wembed } from 'wembed/vite';\nexport default { plugins: [wembed()], build: { ssr: 'main.mjs', outDir: 'out' } };\n",
    );
    run('node_modules/vite/bin/vite.js', 'build', '-l', 'error');
    rmSync(at('app.wasm'));
    expect(run('out/main.js')).toBe(right);
    expect(readFileSync(at('app.d.wasm.ts'), 'utf8')).toContain('export interface point {');
  });

  test('a server loads it again when it changes', async () => {
    writeFileSync(
      at('app.ts'),
      `import { Runtime } from 'wembed';
      import app, { point } from './app.wasm';
      export function sum(): string {
        const instance = app.load(new Runtime()).instantiate();
        return JSON.stringify(instance.exports.add({ x: 1, y: 2 }, { x: 3, y: 4 })) + ' ' + point.size;
      }`,
    );
    writeFileSync(
      at('serve.mjs'),
      `import { createServer } from 'vite';
      import { wembed } from 'wembed/vite';
      const server = await createServer({ configFile: false, root: process.cwd(), logLevel: 'silent', plugins: [wembed()],
        appType: 'custom', optimizeDeps: { noDiscovery: true }, server: { middlewareMode: true, ws: false } });
      const show = async () => {
        try { console.log((await server.ssrLoadModule('/app.ts')).sum()); } catch (error) { console.log(error.message); }
      };
      await show();
      server.watcher.on('all', (event, file) => { if (/\\.(wasm|json)$/.test(file)) setTimeout(show, 50); });`,
    );
    const watcher = new Watcher('serve.mjs');
    await watcher.until(right);
    await writing(at('app.wasm'), await assemble(guest(2)), watcher.until(doubled));
    const other = JSON.stringify(description).replace('"size":8', '"size":16');
    await writing(at('app.types.json'), other, watcher.until('{"x":8,"y":6} 16'));
  });
});

describe('TypeScript', () => {
  const cli = 'node_modules/wembed/dist/cli/wembed.js';

  /** What the compiler says, line by line. */
  function complaints(code: string, name: string): string[] {
    writeFileSync(at(name), code);
    const options: ts.CompilerOptions = {
      ...userOptions,
      typeRoots: [join(root, 'node_modules/@types')],
      allowArbitraryExtensions: true,
    };
    const program = ts.createProgram([at(name)], options);
    const files = [at(name), at('app.d.wasm.ts')].map((path) => program.getSourceFile(path));
    const found = [
      ...program.getOptionsDiagnostics(),
      ...files.flatMap((file) =>
        file === undefined
          ? []
          : [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)],
      ),
    ];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  }

  test.each([
    ['module', 'main.mts'],
    ['commonjs', 'main.cts'],
  ])('in a package of type %s the import has the types of the module', (type, name) => {
    writeFileSync(at('package.json'), JSON.stringify({ type }));
    run(cli, 'types', 'app.wasm', '-o', 'app.d.wasm.ts');
    expect(run(cli, 'types', 'app.wasm', '-o', 'app.d.wasm.ts', '--check')).toBe('');
    expect(complaints(esm, name)).toEqual([]);
    expect(complaints(esm.replace('x: 1', 'x: "1"'), name)).toEqual([
      "Type 'string' is not assignable to type 'number'.",
    ]);
    expect(complaints(esm.replace('exports.add', 'exports.sum'), name)).toEqual([
      expect.stringContaining("Property 'sum' does not exist"),
    ]);
  });

  test('the plugins are plugins by the types of esbuild and Vite', () => {
    const code =
      "import type { Plugin as E } from 'esbuild';\nimport type { Plugin as V } from 'vite';\n" +
      "import { wembed as forEsbuild } from 'wembed/esbuild';\nimport { wembed as forVite } from 'wembed/vite';\n" +
      'export const e: E = forEsbuild({ declarations: false });\nexport const v: V = forVite();\n';
    cpSync(join(root, 'node_modules/@types'), at('node_modules/@types'), { recursive: true });
    expect(complaints(code, 'plugins.mts')).toEqual([]);
  });

  test('--check fails when the module has changed, --watch follows it', async () => {
    run(cli, 'types', 'app.wasm', '-o', 'app.d.wasm.ts');
    const other = JSON.stringify(description).replaceAll('"x"', '"left"');
    writeFileSync(at('app.types.json'), other);
    expect(() => run(cli, 'types', 'app.wasm', '-o', 'app.d.wasm.ts', '--check')).toThrow(
      /run wembed types again/,
    );
    new Watcher(cli, 'types', 'app.wasm', '-o', 'app.d.wasm.ts', '--watch');
    const fits = async (): Promise<void> => {
      while (!readFileSync(at('app.d.wasm.ts'), 'utf8').includes('left: number')) {
        await new Promise((done) => setTimeout(done, 100));
      }
    };
    await writing(at('app.types.json'), other, fits());
  });
});
