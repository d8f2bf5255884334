/** `--against`: another tree and this one in one run, taking turns. */
import { assembleModules } from '../assemble.js';
import { ask } from '../measure.js';
import { descriptions } from '../node.js';
import type { Settings } from '../row.js';
import { LineProgram } from '../../test/line_program.js';
import { countInstructions, hasCallgrind } from './instructions.js';
import { nativeRows, type NativeRow } from './native_rows.js';
import { groupTable, judge, judgeGroups, rowTable, type Pair, type Times } from './statistics.js';
import { openThisTree, openTree, type Tree } from './tree.js';

const longestCommand = 300_000;

/** The old tree twice, to see how far it is from itself. */
interface Programs {
  old: LineProgram;
  oldAgain: LineProgram;
  new: LineProgram;
}

const turns = ['old', 'new', 'oldAgain'] as const;

const each = async (
  programs: Programs,
  work: (one: LineProgram) => Promise<unknown>,
): Promise<void> => {
  for (const turn of turns) await work(programs[turn]);
};

/** As much work as takes the least time in the old tree. */
async function amountOf(row: NativeRow, program: LineProgram, leastMs: number): Promise<number> {
  for (let n = 1; ;) {
    const time = (await ask(program, row.ask(n)))[row.time] ?? NaN;
    const whole = row.whole === true ? time : time * n;
    if (whole >= leastMs * 1e6 || n >= row.most) return n;
    const factor = (leastMs * 1e6 * 1.1) / Math.max(whole, 1);
    n = Math.min(row.most, Math.max(n * 2, Math.floor(n * Math.min(factor, 64))));
  }
}

/** The row's time in turns; who begins changes from round to round. */
async function timesOf(row: NativeRow, programs: Programs, settings: Settings): Promise<Times> {
  if (row.prepare !== undefined) {
    const line = row.prepare;
    await each(programs, (program) => program.send(line));
  }
  const n = await amountOf(row, programs.old, settings.leastMs);
  const answers = new Set<string>();
  await each(programs, async (program) => {
    const answer = await ask(program, row.ask(n)); // Warms up.
    if (row.whole === true) answers.add(String(answer[0]));
  });
  if (answers.size > 1) throw new Error(`the trees compute ${[...answers].join(' and ')}`);
  const times: Times = { old: [], oldAgain: [], new: [] };
  for (let round = 0; round < settings.rounds; round++) {
    for (let i = 0; i < turns.length; i++) {
      const turn = turns[(i + round) % turns.length] ?? 'old';
      const time = (await ask(programs[turn], row.ask(n)))[row.time] ?? NaN;
      times[turn].push(row.whole === true ? time / n : time);
    }
  }
  return times;
}

async function measurePairs(
  rows: NativeRow[],
  start: (tree: Tree) => LineProgram,
  trees: { old: Tree; new: Tree },
  settings: Settings,
): Promise<Pair[]> {
  if (rows.length === 0) return [];
  const programs: Programs = {
    old: start(trees.old),
    oldAgain: start(trees.old),
    new: start(trees.new),
  };
  const pairs: Pair[] = [];
  for (const row of rows) {
    const pair: Pair = { name: row.name, what: row.what };
    try {
      pairs.push({ ...pair, times: await timesOf(row, programs, settings) });
    } catch (error) {
      pairs.push({ ...pair, missing: String(error).split('\n')[0] ?? '' });
    }
    console.error(rowTable(pairs.slice(-1).map(judge)).split('\n')[1]);
  }
  await each(programs, (program) => program.close());
  return pairs;
}

/** The addon's rows, each tree's in processes of its own. */
async function nodePairs(trees: { old: Tree; new: Tree }, settings: Settings): Promise<Pair[]> {
  const rows = Object.entries(descriptions)
    .filter(([name]) => settings.filter.test(name))
    .map(([name, { what }]): NativeRow => {
      return { name, what, ask: (n) => `times ${n} ${name}`, time: 0, counted: 1, most: 2 ** 28 };
    });
  if (rows.length === 0) return [];
  if (trees.old.node === undefined || trees.new.node === undefined) {
    return rows.map(({ name, what }) => ({
      name,
      what,
      missing: 'a tree has no addon: npm run build',
    }));
  }
  const modules = await assembleModules();
  const program = require.resolve('./node_program.ts');
  const start = ({ node }: Tree): LineProgram => {
    const args = ['--import', 'tsx', program, node?.library ?? '', modules];
    return new LineProgram(process.execPath, longestCommand, args, {
      WEMBED_ADDON: node?.addon ?? '',
    });
  };
  return await measurePairs(rows, start, trees, settings);
}

async function addInstructions(
  pairs: Pair[],
  rows: NativeRow[],
  trees: { old: Tree; new: Tree },
): Promise<void> {
  console.error('counting instructions');
  const [old, now] = await Promise.all(
    [trees.old, trees.new].map((tree) => countInstructions(tree.host, rows)),
  );
  for (const pair of pairs) {
    const [before, after] = [old?.get(pair.name), now?.get(pair.name)];
    if (before !== undefined && after !== undefined)
      pair.instructions = { old: before, new: after };
  }
}

export interface Comparison {
  settings: Settings;
  /** Take clocks, count instructions. */
  clocks: boolean;
  instructions: boolean;
}

/** Measures both trees and prints what there is to say. */
export async function compareTrees(directory: string, comparison: Comparison): Promise<Pair[]> {
  const { settings, clocks } = comparison;
  const trees = { new: openThisTree(), old: openTree(directory) };
  const rows = await nativeRows((name) => settings.filter.test(name));
  const start = ({ host }: Tree): LineProgram => new LineProgram(host, longestCommand);
  const native = clocks
    ? await measurePairs(rows, start, trees, settings)
    : rows.map(({ name, what }): Pair => ({ name, what }));
  if (comparison.instructions && hasCallgrind()) await addInstructions(native, rows, trees);
  const pairs = [...native, ...(clocks ? await nodePairs(trees, settings) : [])];
  const verdicts = pairs.map(judge);
  console.log(`\n${rowTable(verdicts)}\n\n${groupTable(judgeGroups(pairs), verdicts)}`);
  return pairs;
}
