/**
 * Compiles the kernels (kernels/NAME.as, AssemblyScript) to plain modules without imports; those of
 * vectors/NAME.as twice, without and with SIMD. Their names do not end in .ts because
 * AssemblyScript's types are not TypeScript's.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const output = resolve(__dirname, '..', 'out', 'bench');

/** What is used of the compiler, which is loaded only when something has to be compiled. */
interface Compiler {
  main: (
    args: string[],
    io: {
      readFile: (name: string) => string | null;
      writeFile: (name: string, contents: Uint8Array | string) => void;
      listFiles: () => string[];
    },
  ) => Promise<{ error: Error | null; stderr: { toString: () => string } }>;
}

// By a name that TypeScript does not follow: the compiler's types bring globals of their own.
const compiler = ['assemblyscript', 'asc'].join('/');

const options = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--use',
  'abort=',
  '--initialMemory',
  '8',
];

async function compile(source: string, further: string[]): Promise<Uint8Array> {
  const { main } = (await import(compiler)) as Compiler;
  let bytes: Uint8Array | undefined;
  const { error, stderr } = await main(['kernel.ts', ...options, ...further, '-o', 'kernel.wasm'], {
    readFile: (name) => (name === 'kernel.ts' ? readFileSync(source, 'utf8') : null),
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm' && typeof contents !== 'string') bytes = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || bytes === undefined) throw new Error(`${source}: ${stderr.toString()}`);
  return bytes;
}

/** A compiled kernel. It exports `run(n)`: n times its work, with a checksum as result. */
export interface Kernel {
  name: string;
  path: string;
}

interface Form {
  folder: string;
  /** Behind the module's name. */
  suffix: string;
  further: string[];
}

async function compileForm(form: Form, wanted: (name: string) => boolean): Promise<Kernel[]> {
  const sources = join(__dirname, form.folder);
  const modules = join(output, form.folder);
  mkdirSync(modules, { recursive: true });
  const kernels: Kernel[] = [];
  for (const file of readdirSync(sources).filter((name) => name.endsWith('.as'))) {
    const name = basename(file, '.as');
    if (!wanted(name)) continue;
    const source = join(sources, file);
    const path = join(modules, `${name}${form.suffix}.wasm`);
    if (!existsSync(path) || statSync(path).mtimeMs < statSync(source).mtimeMs) {
      writeFileSync(path, await compile(source, form.further));
    }
    kernels.push({ name, path });
  }
  return kernels;
}

/** The kernels that are wanted, compiled where the module is older than its source. */
export function compileKernels(wanted: (name: string) => boolean): Promise<Kernel[]> {
  return compileForm({ folder: 'kernels', suffix: '', further: [] }, wanted);
}

/**
 * The kernels in C that are wanted. What clang makes of them is kept beside their sources, so that
 * figures do not depend on which one is there.
 */
export function keptKernels(wanted: (name: string) => boolean): Kernel[] {
  const folder = join(__dirname, 'c_kernels');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.wasm'))
    .map((file) => ({ name: basename(file, '.wasm'), path: join(folder, file) }))
    .filter(({ name }) => wanted(name));
}

/** The kernels of vectors/, with numbers alone or with vectors. */
export function compileVectors(
  simd: boolean,
  wanted: (name: string) => boolean,
): Promise<Kernel[]> {
  const form = simd
    ? { suffix: '.simd', further: ['--enable', 'simd'] }
    : { suffix: '', further: [] };
  return compileForm({ folder: 'vectors', ...form }, wanted);
}
