/**
 * Measures one tree's addon in a process of its own: lines come in, numbers go out.
 *   tsx bench/against/node_program.ts LIBRARY MODULES
 *   times N NAME: nanoseconds for each of n
 *   measure MILLISECONDS NAME: as many as take so long
 */
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type * as wembed from '../../lib/index.js';
import { nanoseconds } from '../measure.js';
import { comparisons } from '../node.js';

const [library = '', modules = ''] = process.argv.slice(2);
const all = comparisons(createRequire(__filename)(library) as typeof wembed, modules);

function answer(line: string): number {
  const [verb = '', amount = '', name = ''] = line.split(' ');
  const work = all[name]?.wembed;
  if (work === undefined) throw new Error(`there is no operation ${name}`);
  const timeOf = (n: number): number =>
    nanoseconds(() => work.loop(n)) -
    (work.less === undefined ? 0 : nanoseconds(() => work.less?.(n)));
  if (verb === 'times') return timeOf(Number(amount)) / Number(amount);
  for (let n = 1; ; n *= 2) {
    const time = nanoseconds(() => work.loop(n));
    if (time >= Number(amount) * 1e6 || n >= 2 ** 30) return timeOf(n) / n;
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  try {
    console.log(`ok ${answer(line)}`);
  } catch (error) {
    console.log(`error ${String(error).split('\n')[0] ?? ''}`);
  }
});
