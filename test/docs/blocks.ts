/**
 * The code of the guides, run as a reader would: each page has a folder of its own, in which its
 * blocks are taken in order. What a block is for stands in its fence:
 *
 *   ```ts host.ts            a file; blocks with the same name follow each other in it
 *   ```sh                    typed into a shell there
 *   ```text output           what the shell block before it printed; ... stands for anything
 *   ```sh not run: REASON    for the reader alone; `part:` likewise, of what is whole elsewhere
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';

export const root = resolve(__dirname, '../..');

export interface Block {
  line: number;
  language: string;
  info: string;
  text: string;
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const match of markdown.matchAll(/^```([^\n]*)\n([^]*?)^```$/gm)) {
    const [language = '', ...info] = (match[1] ?? '').trim().split(' ');
    const line = markdown.slice(0, match.index).split('\n').length;
    blocks.push({ line, language, info: info.join(' '), text: match[2] ?? '' });
  }
  return blocks;
}

/** Whether a block only shows something, with what follows from that word: a reason. */
export const isShown = (block: Block): boolean => /^(?:not run|part): \S/.test(block.info);
const isFile = (block: Block): boolean => /^[\w./-]+\.\w+$/.test(block.info);
const isShell = (block: Block): boolean => block.language === 'sh' && block.info === '';
const isOutput = (block: Block): boolean => block.language === 'text' && block.info === 'output';

/** Blocks that say nothing of what they are for, or what nobody knows. */
export function unclear(blocks: readonly Block[]): Block[] {
  const known = [isShown, isFile, isShell, isOutput];
  return blocks.filter((block) => !known.some((is) => is(block)));
}

export const needsLibrary = (text: string): boolean => /-lwembed|find_package\(wembed/.test(text);
export const needsWasmClang = (text: string): boolean => text.includes('--target=wasm32');

/** Whether clang can make guests here. */
export function hasWasmClang(): boolean {
  return ['clang', 'wasm-ld'].every((name) => spawnSync(name, ['--version']).status === 0);
}

const withoutEnds = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();

/** Whether a text is what it should be, where "..." on its own or in a line is anything. */
function fits(found: string, wanted: string): boolean {
  const literal = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = withoutEnds(wanted).split('...').map(literal).join('[^]*?');
  return new RegExp(`^${pattern}$`).test(withoutEnds(found));
}

export interface Place {
  /** Where the page's files go; made anew. */
  folder: string;
  /** Where the C library is installed. */
  prefix?: string;
}

/** Commands that a reader has: those of the development packages, and of the package. */
function environment({ folder, prefix }: Place): NodeJS.ProcessEnv {
  const installed = join(folder, '../node_modules/.bin');
  const tools = [join(root, 'test/docs/bin'), installed, join(root, 'node_modules/.bin')];
  const path = [...tools, process.env.PATH];
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '', PATH: path.join(delimiter) };
  if (prefix === undefined) return env;
  // As if it were the system's: lib, lib64 or one with the processor's name.
  const archive = readdirSync(prefix, { recursive: true, encoding: 'utf8' }).find(
    (file) => basename(file) === 'libwembed.a',
  );
  if (archive === undefined) throw new Error(`there is no libwembed.a in ${prefix}`);
  const libraries = join(prefix, dirname(archive));
  return {
    ...env,
    CPATH: join(prefix, 'include'),
    LIBRARY_PATH: libraries,
    LD_LIBRARY_PATH: libraries,
    CMAKE_PREFIX_PATH: prefix,
  };
}

/** What a reader's project has. Without it the one of the repository would be taken. */
const project = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    allowJs: true,
    skipLibCheck: true,
    target: 'ES2022',
    module: 'NodeNext',
    lib: ['ES2023', 'ESNext.Disposable'],
    types: ['node'],
  },
};

/** Writes a page's files without running anything: those in TypeScript can be checked then. */
export function writeFiles(page: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
  const texts = new Map<string, string>();
  for (const block of blocksOf(readFileSync(join(root, page), 'utf8'))) {
    if (isFile(block)) texts.set(block.info, (texts.get(block.info) ?? '') + block.text);
  }
  for (const [name, text] of texts) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Runs a page. The error says where in it something was not as it says. */
export function runPage(page: string, place: Place): void {
  const markdown = readFileSync(join(root, page), 'utf8');
  writeFiles(page, place.folder);
  let printed: string | undefined;
  for (const block of blocksOf(markdown)) {
    const where = `${page}:${block.line}`;
    if (isShell(block)) {
      const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', block.text], {
        cwd: place.folder,
        encoding: 'utf8',
        env: environment(place),
        timeout: 200_000,
      });
      if (status !== 0) throw new Error(`${where}: ${String(status)}\n${stdout}${stderr}`);
      printed = stdout;
    } else if (isOutput(block)) {
      if (printed === undefined) throw new Error(`${where}: nothing was run before it`);
      if (!fits(printed, block.text)) throw new Error(`${where}: this was printed:\n${printed}`);
    }
  }
}
