/** Memory: what loading adds, what live instances take, what comes back to the system. */
import { readFileSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import type { LineProgram } from '../test/line_program.js';
import { assembleModules } from './assemble.js';
import { largeModule } from './large_module.js';
import { loadLibrary } from './library.js';
import { ask, type Section } from './measure.js';
import { failed, figure, median, withRatio, type Row, type Settings } from './row.js';
import { startV8 } from './v8.js';

const mebibyte = 1 << 20;

/** One row or several that one measurement gives, in order. */
interface Part {
  rows: Row[];
  measure: () => Promise<Row[]>;
}

// ---- loading

async function loadShare(host: LineProgram, row: Row, how: string, path: string): Promise<Row[]> {
  const [, stays = NaN, most = NaN] = await ask(host, `load ${how} ${path}`);
  const note = `at most ${figure(most, 'bytes')} while loading`;
  return [{ ...row, wembed: stays / statSync(path).size, note }];
}

/** Resident bytes of this process's own; files that are mapped do not count. */
function residentBytes(): number {
  const [, resident = 0, shared = 0] = readFileSync('/proc/self/statm', 'utf8')
    .split(' ')
    .map(Number);
  return (resident - shared) * 4096;
}

/** From TypeScript: bytes that were the caller's ArrayBuffer and are the module's now. */
function transferShare(row: Row, path: string): Row[] {
  const { Runtime } = loadLibrary();
  const runtime = new Runtime();
  runtime.load(new Uint8Array(readFileSync(largeModule(1))), { ownership: 'transfer' }).close();
  const file = readFileSync(path);
  const bytes = new Uint8Array(file.length);
  bytes.set(file);
  const before = residentBytes();
  const module = runtime.load(bytes, { ownership: 'transfer' });
  const share = Math.max(0, residentBytes() - before) / file.length;
  const note =
    bytes.length === 0 ? 'the ArrayBuffer is detached' : 'the ArrayBuffer is still there';
  module.close();
  runtime.close();
  return [{ ...row, wembed: share, note }];
}

function loadParts(host: LineProgram): Part[] {
  return [4, 30].flatMap((megabytes) =>
    ['copy', 'borrow', 'take', 'map', 'transfer'].map((how): Part => {
      const row: Row = {
        name: `memory/load/${how}_${megabytes}mb`,
        what: `memory that loading adds, share of ${megabytes} MB`,
        unit: 'share',
        ...(how === 'copy' ? {} : { target: { text: '0.1', value: 0.1 } }),
      };
      const measure = async (): Promise<Row[]> => {
        const path = largeModule(megabytes);
        return how === 'transfer' ? transferShare(row, path) : loadShare(host, row, how, path);
      };
      return { rows: [row], measure };
    }),
  );
}

// ---- live instances

function livePart(host: LineProgram, path: string, settings: Settings): Part {
  const most = settings.rounds === 1 ? 1000 : 100_000;
  // Memory by the allocator is really there: not more than half of what is free.
  const asked = Math.min(most, Math.floor(freemem() / 2 / 80_000));
  const count: Row = {
    name: 'memory/live/instances',
    what: `idle instances of a page, checked memory, ${asked} asked for`,
    unit: 'count',
    target: { text: most.toLocaleString('en'), value: most },
  };
  const bookkeeping: Row = {
    name: 'memory/live/bookkeeping',
    what: 'of each: allocated without its page (V8: resident)',
    unit: 'bytes',
    target: { text: '4096 bytes', value: 4096 },
  };
  const measure = async (): Promise<Row[]> => {
    const [made = NaN, , bytes = NaN] = await ask(host, `live heap ${asked} ${path}`);
    const v8 = startV8();
    const [others = NaN, , othersBytes = NaN] = await ask(v8, `live ${asked} ${path}`);
    await v8.close();
    return [
      withRatio({ ...count, wembed: made, v8: others }),
      withRatio({ ...bookkeeping, wembed: bytes, v8: othersBytes }),
    ];
  };
  return { rows: [count, bookkeeping], measure };
}

// ---- memory that comes back

const grown = 64 * mebibyte;

function returned(name: string, what: string): Row {
  const target = { text: '0.95', value: 0.95 };
  return { name: `memory/${name}`, what, unit: 'share', larger: true, target };
}

/** An instance that grows by 64 MiB and writes them: what its reset and a trim give back. */
function shrinkPart(host: LineProgram, step: string, path: string, settings: Settings): Part {
  const reset = returned(`returned/reset_${step}`, 'of 64 MiB in use, given back by a reset');
  const dropped = returned(`returned/drop_${step}`, 'the same, by drop and trim');
  const measure = async (): Promise<Row[]> => {
    const byReset: number[] = [];
    const byDrop: number[] = [];
    const times: number[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      const answer = await ask(host, `shrink ${step} ${grown} ${path}`);
      const [before = NaN, used = NaN, after = NaN, trimmed = NaN, , time = NaN] = answer;
      byReset.push((used - after) / (used - before));
      byDrop.push((used - trimmed) / (used - before));
      times.push(time);
    }
    const note = `${figure(median(times), 'ns')} for the reset`;
    return [
      { ...reset, wembed: median(byReset), note },
      { ...dropped, wembed: median(byDrop) },
    ];
  };
  return { rows: [reset, dropped], measure };
}

const trimmedInstances = 32;

/** What 32 dropped instances with 128 KiB written leave for the next, and what a trim returns. */
function trimPart(host: LineProgram, step: string, path: string, settings: Settings): Part {
  const share = returned(`trim/${step}`, `left by ${trimmedInstances} instances, given back`);
  const time: Row = { name: `memory/trim/time_${step}`, what: 'time of that trim', unit: 'ns' };
  const measure = async (): Promise<Row[]> => {
    const shares: number[] = [];
    const times: number[] = [];
    let kept = NaN;
    let bytes = NaN;
    for (let round = 0; round < settings.rounds; round++) {
      const line = `trim ${step} ${trimmedInstances} ${mebibyte / 8} ${path}`;
      const [before = NaN, left = NaN, told = NaN, ns = NaN] = await ask(host, line);
      kept = before;
      bytes = told;
      shares.push(1 - left / before);
      times.push(ns);
    }
    const note = `${figure(kept, 'bytes')} were kept, ${figure(bytes, 'bytes')} reported`;
    return [
      { ...share, wembed: median(shares), note },
      { ...time, wembed: median(times) },
    ];
  };
  return { rows: [share, time], measure };
}

export const measureResidence: Section = async (host, settings, show) => {
  const modules = await assembleModules();
  const small = join(modules, 'memory_128k.wasm');
  const parts = [
    ...loadParts(host),
    livePart(host, join(modules, 'memory_64k.wasm'), settings),
    ...['pool', 'mapped', 'heap'].map((step) => shrinkPart(host, step, small, settings)),
    ...['pool', 'small-pool', 'mapped'].map((step) => trimPart(host, step, small, settings)),
  ];
  const all: Row[] = [];
  for (const { rows, measure } of parts) {
    const wanted = ({ name }: Row): boolean => settings.filter.test(name);
    if (!rows.some(wanted)) continue;
    const measured = await measure().catch((error: unknown) =>
      rows.map((row) => failed(row, error)),
    );
    const shown = measured.filter(wanted);
    shown.forEach(show);
    all.push(...shown);
  }
  return all;
};
