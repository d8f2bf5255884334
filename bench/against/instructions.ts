/** Instructions of the native rows, counted by callgrind: the same in every run, however loaded the machine. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineProgram, ProgramDied } from '../../test/line_program.js';
import { ask } from '../measure.js';
import type { NativeRow } from './native_rows.js';

const longestCommand = 600_000;

export function hasCallgrind(): boolean {
  return spawnSync('valgrind', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** What one of the files says that callgrind writes each time the program comes by a mark. */
function totalOf(path: string): number {
  const total = /^(?:totals|summary): (\d+)/m.exec(readFileSync(path, 'utf8'));
  return Number(total?.[1]);
}

/** Instructions of each row's work, by name; a row that fails has none. */
export async function countInstructions(
  host: string,
  rows: NativeRow[],
): Promise<Map<string, number>> {
  const place = mkdtempSync(join(tmpdir(), 'wembed-callgrind-'));
  const file = join(place, 'counts');
  const options = ['--quiet', '--dump-before=bench_mark', `--callgrind-out-file=${file}`];
  const program = new LineProgram(
    'valgrind',
    longestCommand,
    ['--tool=callgrind', ...options, host],
    // When samples find a function hot is not the same in every run.
    { WEMBED_BENCH_SLOTS: '4', WEMBED_TIER: process.env.WEMBED_TIER ?? 'off' },
  );
  const counts = new Map<string, number>();
  try {
    for (const [i, row] of rows.entries()) {
      try {
        if (row.prepare !== undefined && row.prepare !== rows[i - 1]?.prepare) {
          await program.send(row.prepare);
        }
        // The first time translates, allocates and binds what later ones find.
        await ask(program, row.ask(row.counted));
        await ask(program, row.ask(row.counted));
        const [marks = NaN] = await ask(program, 'marks');
        counts.set(row.name, totalOf(`${file}.${marks}`));
      } catch (error) {
        if (error instanceof ProgramDied) throw error;
      }
    }
    await program.close();
    return counts;
  } finally {
    rmSync(place, { recursive: true });
  }
}
