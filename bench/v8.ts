/** V8 in a process of its own, on one thread: see v8_program.cjs. */
import { join } from 'node:path';
import { LineProgram } from '../test/line_program.js';
import { ask, type Clock } from './measure.js';

const timeout = 120_000;

export function startV8(): LineProgram {
  const script = join(__dirname, 'v8_program.cjs');
  return new LineProgram(process.execPath, timeout, ['--single-threaded', script]);
}

/** Nanoseconds of an instance, made and left to the collector. */
export function instantiateClock(v8: LineProgram, path: string, leastMs: number, pages = 0): Clock {
  return async () => (await ask(v8, `instantiate ${leastMs} ${pages} ${path}`))[0] ?? NaN;
}
