/**
 * How slow the machine is just now, for tests that measure time or do much of something; the same
 * as yardstick.h for C.
 */

const quietWorkMs = 3;
const quietSleepMs = 1.5;
const cell = new Int32Array(new SharedArrayBuffer(4));

function workMs(): number {
  const start = performance.now();
  for (let i = 0; i < 1_500_000; i++) cell[0] = Math.imul(cell[0] ?? 0, 1664525) + i;
  const end = performance.now();
  cell[0] = 0;
  return end - start;
}

function sleepMs(): number {
  const start = performance.now();
  Atomics.wait(cell, 0, 0, 1);
  return performance.now() - start;
}

/** 1 on a quiet machine; how many times longer the slower of work and waking up takes. */
export function slowness(): number {
  let worst = 1;
  workMs(); // Until it is compiled.
  for (let part = 0; part < 3; part++) {
    worst = Math.max(worst, workMs() / quietWorkMs, sleepMs() / quietSleepMs);
  }
  return Math.min(200, Math.ceil(worst));
}

/** So much time as here and now corresponds to `quiet` on a quiet machine. */
export const patience = (quiet: number): number => quiet * slowness();

/**
 * The first result that there is, with times that double: for what has to have begun when its time
 * is up, which takes longer on a busy machine. Waiting for `patience()` would take that long always.
 */
export function longEnough<T>(first: number, attempt: (time: number) => T | undefined): T {
  for (let time = first; time < 20_000; time *= 2) {
    const result = attempt(time);
    if (result !== undefined) return result;
  }
  throw new Error('no time was long enough');
}

/** The same for what takes its time on its own. */
export async function longEnoughLater<T>(
  first: number,
  attempt: (time: number) => Promise<T | undefined>,
): Promise<T> {
  for (let time = first; time < 20_000; time *= 2) {
    const result = await attempt(time);
    if (result !== undefined) return result;
  }
  throw new Error('no time was long enough');
}

/** How many of `wanted` repetitions take about as long here; `least` of them in any case. */
export const affordable = (wanted: number, least: number): number =>
  Math.max(least, Math.floor(wanted / slowness()));
