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
import { type Calls, CallsGuest, RESULT, assembleCalls } from './calls_guest';

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

const room = 0x2000;
const texts = 0x3000;
const fileRights = 0x8e001ffn;
const directoryRights = 0xfbffe98n;

/** A guest that has descriptors of each sort. */
class ErrnoGuest extends CallsGuest {
  readonly #words = new Map<string, Value>([
    ['root', 3],
    ['closed', 99],
    ['out', RESULT],
    ['out2', RESULT + 4],
    ['room', room],
    ['directory_rights', directoryRights],
    ['2^63', 2n ** 63n],
    ['2^63-1', 2n ** 63n - 1n],
    ['-1', -1],
  ]);

  constructor(instance: Instance<Calls, unknown>) {
    super(instance);
    this.#open('file', 'file', 0, fileRights);
    this.#open('read_only', 'file', 0, fileRights & ~64n);
    this.#open('write_only', 'file', 0, fileRights & ~2n);
    this.#open('powerless', 'file', 0, fileRights);
    this.#open('directory', 'dir', 2, directoryRights);
    this.#open('powerless_directory', 'dir', 2, directoryRights);
    for (const word of ['powerless', 'powerless_directory']) {
      this.#make('fd_fdstat_set_rights', [this.#words.get(word) ?? -1, 0, 0]);
    }
    this.#words.set('vector', this.vector(4, room));
  }

  #open(word: string, path: string, oflags: number, rights: bigint): void {
    const length = this.put(texts, path);
    this.#make('path_open', [3, 0, texts, length, oflags, rights, 0xfffffffn, 0, RESULT]);
    this.#words.set(word, this.word(RESULT));
  }

  /** With every number as the parameter has it. */
  #make(name: string, values: Value[]): number {
    const found = this.instance.module.exports.find((one) => one.name === name);
    const kinds = found?.signature.split(' -> ')[0]?.match(/i32|i64/g) ?? [];
    const args = values.map((value, i) => (kinds[i] === 'i64' ? BigInt(value) : Number(value)));
    return this.call(name, ...args);
  }

  /** What the call answers; its arguments as in the table. */
  answer(name: string, row: string): number {
    let next = texts;
    const values = row.split(' ').flatMap((word): Value[] => {
      const long = { long_name: 'c'.repeat(256), long_path: 'd'.repeat(5000) }[word];
      if (long === undefined && !word.startsWith('"')) {
        return [this.#words.get(word) ?? Number(word)];
      }
      const at = next;
      const length = this.put(at, long ?? word.slice(1, -1));
      next += length;
      return [at, length];
    });
    return this.#make(name, values);
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
  const module = runtime.load(await assembleCalls());
  const guest = new ErrnoGuest(
    module.instantiate<Calls>({ wasi: { preopens: { '.': directory } } }),
  );
  const rows = allRows();
  const problems = rows.flatMap(({ wanted, call, row }) => {
    const code = guest.answer(call, row);
    return code === numbers.get(wanted) ? [] : [`${call} ${row}: ${String(code)}, not ${wanted}`];
  });
  return { count: rows.length, problems };
}
