/**
 * Whoever installs the package and however its copy is damaged: it works, or one text says what to
 * do. Nobody is asked whether a script may run.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkExample, type Project, run } from './project.js';
import { type NpmLine, npmProgram, tool } from './tools.js';

/** A folder with the project's files, away for good afterwards. */
export function elsewhere(project: Project, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'wembed-elsewhere-'));
  try {
    project.copyTo(folder);
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Installs by a command in an empty project, and runs the example there. */
function installBy(project: Project, program: string, args: string[]): void {
  elsewhere(project, (folder) => {
    const home = join(folder, 'home');
    mkdirSync(home);
    copyFileSync(project.tarball, join(folder, 'wembed.tgz'));
    const env = { ...process.env, BUN_INSTALL: home };
    const { status, stdout, stderr } = spawnSync(program, [...args, './wembed.tgz'], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    const said = `${program} ${args.join(' ')}:\n${stdout}${stderr}`;
    if (status !== 0) throw new Error(said);
    // npm lists `prepare`, which is for clones, of what is installed from a file.
    const asked = [...said.matchAll(/\b(\w+): (?:tsx|node-gyp|node|cmake)\b/g)].map(
      ([, name]) => name,
    );
    if (asked.some((name) => name !== 'prepare') || /untrusted|ignored build/i.test(said)) {
      throw new Error(`asks about scripts, of which there are none: ${said}`);
    }
    checkExample({ ...project, folder }, process.execPath);
  });
}

export function withPnpm(project: Project): void {
  const pnpm = tool('pnpm');
  const program = readdirSync(join(pnpm, 'bin')).find((name) => /^pnpm\.[cm]?js$/.test(name));
  if (program === undefined) throw new Error('pnpm has no program');
  installBy(project, process.execPath, [join(pnpm, 'bin', program), 'add']);
}

/** As each is when nobody tells it anything: 12 runs no scripts, and would say so. */
export function withNpms(project: Project): void {
  for (const line of [10, 11, 12] satisfies NpmLine[]) {
    const { node, npm } = npmProgram(line);
    installBy(project, node, [npm, 'install', '--no-audit', '--no-fund']);
  }
}

export function withBunsInstaller(project: Project): void {
  const bun = join(tool('@oven/bun-linux-x64'), 'bin/bun');
  chmodSync(bun, 0o755);
  installBy(project, bun, ['add']);
}

/** What the example says that cannot run. */
function failure(folder: string): string {
  const { status, stderr } = spawnSync(process.execPath, ['app.cjs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status === 0) throw new Error('the example runs with a broken package');
  return stderr;
}

function expectAdvice(text: string, ...parts: string[]): void {
  const missing = parts.filter((part) => !text.includes(part));
  if (missing.length > 0) throw new Error(`${missing.join(' and ')} is not in\n${text}`);
  const count = text.split('there is no addon that can be loaded').length - 1;
  if (count !== 1) throw new Error(`said ${String(count)} times:\n${text}`);
}

/** Without its binary, with the one for another processor, and mended as the text says. */
export function withoutItsBinary({ folder }: Project): void {
  const prebuilds = join(folder, 'node_modules/wembed/prebuilds');
  const [own, other] = process.arch === 'x64' ? ['x64', 'arm64'] : ['arm64', 'x64'];
  const binary = join(prebuilds, `linux-${own}.node`);
  rmSync(binary);
  expectAdvice(failure(folder), 'WEMBED_NO_ADDON', 'there is no such file', '\n  npm ci\n');
  copyFileSync(join(prebuilds, `linux-${other}.node`), binary);
  expectAdvice(failure(folder), `is for ${other}, this is ${own}`, '\n  npm ci\n');
  const { node, npm } = npmProgram(12);
  run(node, [npm, 'ci', '--no-audit', '--no-fund', '--ignore-scripts'], folder);
  checkExample({ folder }, process.execPath);
}

/** The package compiles what it has; what was compiled is taken, and is gone when it is new. */
export function compiledThere(project: Project): void {
  elsewhere(project, (folder) => {
    const { node, npm } = npmProgram(12);
    run(node, [npm, 'install', '--no-audit', '--no-fund', project.tarball], folder);
    const wembed = join('node_modules', '.bin', 'wembed');
    run(wembed, ['build-addon'], folder);
    const doctor = run(wembed, ['doctor'], folder);
    if (!doctor.includes('build/Release/wembed.node (compiled here)')) throw new Error(doctor);
    checkExample({ folder }, process.execPath);
    run(node, [npm, 'ci', '--no-audit', '--no-fund'], folder);
    const again = run(wembed, ['doctor'], folder);
    if (!again.includes('(came with the package)')) throw new Error(again);
  });
}
