/** Bundlers and other runtimes. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { elsewhere } from './installers.js';
import { expectExample, type Project, run } from './project.js';
import { tool } from './tools.js';

/** The bundle is run where nothing is installed. */
function runBundle(project: Project, make: (to: string) => string): void {
  elsewhere(project, (to) => {
    const file = make(to);
    expectExample(process.execPath, [file], to);
  });
}

export function withBundlers(project: Project): void {
  const { folder, write } = project;
  const esbuild = join(tool('esbuild'), 'bin/esbuild');
  for (const loader of ['copy', 'file']) {
    runBundle(project, (to) => {
      const options = ['--bundle', '--platform=node', '--format=cjs', '--log-level=warning'];
      const place = [`--loader:.node=${loader}`, `--outfile=${join(to, 'bundle.js')}`];
      run(process.execPath, [esbuild, 'app.mjs', ...options, ...place], folder);
      return 'bundle.js';
    });
  }
  runBundle(project, (to) => {
    write(
      'webpack.cjs',
      `require(${JSON.stringify(tool('webpack'))})({ mode: 'production', target: 'node',\n` +
        `  entry: './app.mjs', output: { path: ${JSON.stringify(to)}, filename: 'bundle.js' },\n` +
        "  module: { rules: [{ test: /\\.node$/, type: 'asset/resource' }] } }, (error, stats) => {\n" +
        '  if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exitCode = 1; }\n' +
        '});\n',
    );
    run(process.execPath, ['webpack.cjs'], folder);
    return 'bundle.js';
  });
  runBundle(project, (to) => {
    write(
      'vite.config.mjs',
      "export default { ssr: { noExternal: true }, build: { ssr: 'app.mjs', ssrEmitAssets: true,\n" +
        `  outDir: ${JSON.stringify(to)}, emptyOutDir: false,\n` +
        "  rolldownOptions: { moduleTypes: { '.node': 'copy' } } } };\n",
    );
    run(process.execPath, [join(tool('vite'), 'bin/vite.js'), 'build', '-l', 'error'], folder);
    return 'app.mjs';
  });
}

export function withDenoAndBun({ folder }: Project): void {
  if (process.arch !== 'x64') {
    console.log('others: not done; their programs are fetched for x86-64');
    return;
  }
  const deno = join(tool('@deno/linux-x64-glibc'), 'deno');
  const bun = join(tool('@oven/bun-linux-x64'), 'bin/bun');
  for (const program of [deno, bun]) chmodSync(program, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const env = { ...process.env, DENO_DIR: home, BUN_INSTALL: home };
  const allowed = ['run', '-A', '--no-prompt', '--quiet', '--node-modules-dir=manual'];
  for (const file of ['app.mjs', 'app.cjs']) {
    expectExample(deno, [...allowed, file], folder, env);
    expectExample(bun, ['run', file], folder, env);
  }
}
