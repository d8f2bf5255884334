/** The errors of each call of WASI, by test/wasi/errnos.tsv. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FileLink,
  type Instance,
  type PreopenDirectory,
  Runtime,
  hostDirectory,
  memoryDirectory,
} from '../../lib';
import { assemble } from './assemble';

const root = join(__dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

const numbers = new Map(
  [...text('native/wasi/errno.def').matchAll(/^(?:OWN_)?ERROR_NUMBER\((\w+), (\d+)\)/gm)].map(
    ([, name = '', number]) => [name, Number(number)],
  ),
);

const links = {
  link: 'file',
  dangling: 'none',
  loop: 'loop',
  out: '../out',
  absolute: '/etc',
  to_dir: 'dir',
};

/** What the guest is given, in memory. */
export function filesInMemory(): PreopenDirectory {
  const linked = Object.entries(links).map(([name, to]) => [name, new FileLink(to)]);
  return memoryDirectory({
    file: 'hello',
    dir: { inner: 'inner' },
    ...(Object.fromEntries(linked) as Record<string, FileLink>),
  });
}

/** The same in a folder of the system's, which is there while `act` lasts. */
export async function withFolder<T>(act: (folder: PreopenDirectory) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'wembed-errnos-'));
  try {
    writeFileSync(join(folder, 'file'), 'hello');
    mkdirSync(join(folder, 'dir'));
    writeFileSync(join(folder, 'dir/inner'), 'inner');
    for (const [name, to] of Object.entries(links)) symlinkSync(to, join(folder, name));
    return await act(hostDirectory(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Value = number | bigint;

const out = 0x10;
const vector = 0x20;
const room = 0x2000;
const texts = 0x3000;
const fileRights = 0x8e001ffn;
const directoryRights = 0xfbffe98n;

/** A guest that has descriptors of each sort. */
class ErrnoGuest {
  readonly #instance: Instance;
  readonly #words = new Map<string, Value>([
    ['root', 3],
    ['closed', 99],
    ['out', out],
    ['out2', out + 4],
    ['room', room],
    ['vector', vector],
    ['directory_rights', directoryRights],
    ['2^63', 2n ** 63n],
    ['2^63-1', 2n ** 63n - 1n],
    ['-1', -1],
  ]);

  constructor(instance: Instance) {
    this.#instance = instance;
    this.#open('file', 'file', 0, fileRights);
    this.#open('read_only', 'file', 0, fileRights & ~64n);
    this.#open('write_only', 'file', 0, fileRights & ~2n);
    this.#open('powerless', 'file', 0, fileRights);
    this.#open('directory', 'dir', 2, directoryRights);
    this.#open('powerless_directory', 'dir', 2, directoryRights);
    for (const word of ['powerless', 'powerless_directory']) {
      this.#call('fd_fdstat_set_rights', [this.#words.get(word) ?? -1, 0, 0]);
    }
    const view = new DataView(instance.memory.buffer);
    view.setUint32(vector, room, true);
    view.setUint32(vector + 4, 4, true);
  }

  #open(word: string, path: string, oflags: number, rights: bigint): void {
    const [at = 0, length = 0] = this.#text(path, texts);
    this.#call('path_open', [3, 0, at, length, oflags, rights, 0xfffffffn, 0, out]);
    this.#words.set(word, new DataView(this.#instance.memory.buffer).getUint32(out, true));
  }

  #text(value: string, at: number): number[] {
    return [at, Buffer.from(this.#instance.memory.buffer).write(value, at)];
  }

  /** With every number as the parameter has it. */
  #call(name: string, values: Value[]): unknown {
    const found = this.#instance.module.exports.find((one) => one.name === name);
    const kinds = found?.signature.split(' -> ')[0]?.match(/i32|i64/g) ?? [];
    const args = values.map((value, i) => (kinds[i] === 'i64' ? BigInt(value) : Number(value)));
    return this.#instance.call(name, args);
  }

  /** What the call answers; its arguments as in the table. */
  answer(name: string, row: string): unknown {
    let next = texts;
    const values = row.split(' ').flatMap((word): Value[] => {
      const long = { long_name: 'c'.repeat(256), long_path: 'd'.repeat(5000) }[word];
      if (long === undefined && !word.startsWith('"')) {
        return [this.#words.get(word) ?? Number(word)];
      }
      const [at = 0, length = 0] = this.#text(long ?? word.slice(1, -1), next);
      next += length;
      return [at, length];
    });
    return this.#call(name, values);
  }
}

interface Row {
  readonly wanted: string;
  readonly call: string;
  readonly row: string;
}

/** The table's rows, those of wrong paths with each of them. */
function allRows(): Row[] {
  const lines = text('test/wasi/errnos.tsv')
    .split('\n')
    .filter((line) => /^[^#]/.test(line));
  const cells = lines.map((line) => line.split('\t') as [string, string, string]);
  const wrong = cells.filter(([kind]) => kind === 'wrong');
  return cells.flatMap(([wanted, call, row]): Row[] => {
    if (wanted === 'wrong') return [];
    if (wanted !== 'WRONG') return [{ wanted, call, row }];
    return wrong.map(([, error, path]) => ({
      wanted: error,
      call,
      row: row.replace(wanted, path),
    }));
  });
}

/** What is answered otherwise than the table says, and of how many. */
export async function compareErrnos(
  directory: PreopenDirectory,
): Promise<{ count: number; problems: string[] }> {
  using runtime = new Runtime();
  const module = runtime.load(await assemble(text('test/modules/wasi_calls.wat')));
  const guest = new ErrnoGuest(module.instantiate({ wasi: { preopens: { '.': directory } } }));
  const rows = allRows();
  const problems = rows.flatMap(({ wanted, call, row }) => {
    const code = guest.answer(call, row);
    return code === numbers.get(wanted) ? [] : [`${call} ${row}: ${String(code)}, not ${wanted}`];
  });
  return { count: rows.length, problems };
}
