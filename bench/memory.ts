/** Instances: made, reset and dropped, on every backend and step, by one thread and by two. */
import { join } from 'node:path';
import type { LineProgram } from '../test/line_program.js';
import { assembleModules } from './assemble.js';
import { steps } from './backends.js';
import { ask, clockOfHost, compare, type Comparison, type Section } from './measure.js';
import { failed, figure, type Row, type Settings, type Target } from './row.js';
import { instantiateClock, startV8 } from './v8.js';

interface Context {
  host: LineProgram;
  v8: LineProgram;
  /** Path of an assembled module. */
  module: (name: string) => string;
  settings: Settings;
}

const pooled: Target = { text: "1/15 of V8's", ofV8: 1 / 15 };
const onDemand: Target = { text: "1/2 of V8's", ofV8: 1 / 2 };
const isPool = (step: string): boolean => step.endsWith('pool');
const targetOf = (step: string): Target => (isPool(step) ? pooled : onDemand);

const written = (pages: number): string =>
  pages === 0 ? 'untouched' : `${pages} pages written by the host`;
const suffix = (pages: number): string => (pages === 0 ? '' : `_${pages}_pages`);

function cycle({ host, settings }: Context, what: string, path: string): Comparison['wembed'] {
  return clockOfHost(host, `cycle ${settings.leastMs} ${what} ${path}`);
}

function wantedOf({ settings }: Context, comparisons: Comparison[]): Comparison[] {
  return comparisons.filter(({ row }) => settings.filter.test(row.name));
}

/** An instance made and dropped, on all steps beside V8. */
async function instantiateRows(context: Context, pages: number): Promise<Row[]> {
  const path = context.module('memory_128k');
  const all = steps.map((step): Comparison => {
    const row: Row = {
      name: `memory/instantiate/${step}${suffix(pages)}`,
      what: `instantiate and drop, 128 KiB, ${written(pages)}`,
      unit: 'ns',
      target: targetOf(step),
    };
    return { row, wembed: cycle(context, `${step} drop ${pages}`, path) };
  });
  const wanted = wantedOf(context, all);
  if (wanted.length === 0) return [];
  const v8 = instantiateClock(context.v8, path, context.settings.leastMs, pages);
  return await compare(wanted, v8, context.settings.rounds);
}

/** A module with a table of 10,000 functions, most of which nobody calls. */
async function tableRows(context: Context): Promise<Row[]> {
  const path = context.module('table_10000');
  const all = ['mapped', 'pool'].map((step): Comparison => {
    const row: Row = {
      name: `memory/table/${step}`,
      what: 'instantiate and drop, a table of 10,000 functions',
      unit: 'ns',
      target: targetOf(step),
    };
    return { row, wembed: cycle(context, `${step} drop 0`, path) };
  });
  const wanted = wantedOf(context, all);
  if (wanted.length === 0) return [];
  const v8 = instantiateClock(context.v8, path, context.settings.leastMs);
  return await compare(wanted, v8, context.settings.rounds);
}

/** A reset, beside twice the pooled instantiation with the same pages written. */
async function resetRows(context: Context, pages: number): Promise<Row[]> {
  const path = context.module('memory_128k');
  const all = ['pool', 'small-pool', 'mapped', 'heap'].map((step): Comparison => {
    const row: Row = {
      name: `memory/reset/${step}${suffix(pages)}`,
      what: `reset, 128 KiB, ${written(pages)}`,
      unit: 'ns',
    };
    return { row, wembed: cycle(context, `${step} reset ${pages}`, path) };
  });
  const wanted = wantedOf(context, all);
  if (wanted.length === 0) return [];
  const yardstick: Comparison = {
    row: { name: 'yardstick', what: '', unit: 'ns' },
    wembed: cycle(context, `pool drop ${pages}`, path),
  };
  const [pool, ...rows] = await compare([yardstick, ...wanted], undefined, context.settings.rounds);
  const once = pool?.wembed;
  if (once === undefined) return rows;
  const value = 2 * once;
  const text = `2 pooled instantiations: ${figure(value, 'ns')}`;
  return rows.map((row) => ({ ...row, target: { text, value } }));
}

/**
 * Time of an instance with two threads over the time with one. It is the clock's on the wall, since
 * waiting for each other counts: the best of many short parts, which other programs leave alone.
 * Processors share caches, clock and power, so the first row is work that shares nothing.
 */
async function threadRows(context: Context): Promise<Row[]> {
  const { host, settings } = context;
  const path = context.module('memory_128k');
  const count = Math.max(100, settings.leastMs * 20);
  const parts = settings.rounds * 12;
  const rows: Row[] = [];
  let unshared: number | undefined;
  for (const step of ['nothing', 'pool', 'small-pool', 'mapped', 'heap']) {
    const isInstance = step !== 'nothing';
    const row: Row = {
      name: `memory/threads/${step}`,
      what: isInstance
        ? 'time of an instance with two threads, over that with one'
        : 'the same for work that shares nothing: the yardstick',
      unit: 'share',
    };
    if (!settings.filter.test(row.name)) continue;
    if (isInstance) {
      const value = 1.05 * (unshared ?? 1);
      row.target = { text: `the yardstick, within 5 %: ${value.toFixed(2)}`, value };
    }
    try {
      const best = { one: [Infinity, Infinity], two: [Infinity, Infinity] };
      const measure = async (threads: number, times: number[]): Promise<void> => {
        const guest = isInstance ? ` ${step} ${path}` : '';
        const answer = await ask(host, `threads ${threads} ${count}${guest}`);
        answer.forEach((time, i) => (times[i] = Math.min(times[i] ?? Infinity, time)));
      };
      for (let part = 0; part < parts; part++) {
        await measure(1, best.one);
        await measure(2, best.two);
      }
      const [wall = NaN, processor = NaN] = best.two.map((time, i) => time / (best.one[i] ?? NaN));
      const alone = `${figure(best.one[0], 'ns')} with one`;
      const note = `${alone}; processor time ${processor.toFixed(2)}`;
      if (!isInstance) unshared = wall;
      rows.push({ ...row, wembed: wall, note });
    } catch (error) {
      rows.push(failed(row, error));
    }
  }
  return rows;
}

export const measureInstances: Section = async (host, settings, show) => {
  const modules = await assembleModules();
  const module = (name: string): string => join(modules, `${name}.wasm`);
  const v8 = startV8();
  const context = { host, v8, module, settings };
  const rows: Row[] = [];
  const parts = [
    ...[0, 2].map((pages) => () => instantiateRows(context, pages)),
    () => tableRows(context),
    ...[0, 2, 16].map((pages) => () => resetRows(context, pages)),
    () => threadRows(context),
  ];
  for (const part of parts) {
    const measured = await part();
    measured.forEach(show);
    rows.push(...measured);
  }
  await v8.close();
  return rows;
};
