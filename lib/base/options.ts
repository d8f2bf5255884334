/** Options as callers give them: a name nobody knows is a mistake, and is told with the right one. */
import { UsageError } from './errors.js';

/** Every option there is, so that the compiler tells of one that was forgotten here. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/** How far two names are apart: letters to be put in, taken out or changed; case is no matter. */
function distance(one: string, other: string): number {
  const a = one.toLowerCase();
  const b = other.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** ` (did you mean x?)` for the name that is near, or a list of what there is. */
export function suggestion(given: string, names: readonly string[]): string {
  const [nearest] = names
    .map((name) => ({ name, away: distance(given, name) }))
    .sort((a, b) => a.away - b.away);
  if (nearest !== undefined && nearest.away <= Math.max(2, Math.floor(given.length / 3))) {
    return ` (did you mean ${nearest.name}?)`;
  }
  return `: there is ${names.join(', ')}`;
}

/**
 * The options; none when they are undefined or null. Throws a UsageError when they are no object,
 * or have a name of their own that is not among `names`, unless its value is undefined.
 */
export function optionsOf<T extends object>(
  given: T | null | undefined,
  names: OptionNames<T>,
  what: string,
  hint: (name: string) => string = () => '',
): Partial<T> {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object')
    throw new UsageError(`the options of ${what} have to be an object`);
  for (const name in given) {
    if (Object.hasOwn(names, name) || !Object.hasOwn(given, name)) continue;
    if (given[name] === undefined) continue;
    const instead = hint(name) || suggestion(name, Object.keys(names));
    throw new UsageError(`${what} has no option ${name}${instead}`);
  }
  return given;
}

/** Refuses what is not one of the words. */
export function wordOf<W extends string>(given: unknown, words: readonly W[], what: string): W {
  if ((words as readonly unknown[]).includes(given)) return given as W;
  const last = words.at(-1) ?? '';
  const others = words.slice(0, -1).map((word) => `'${word}'`);
  const all = others.length === 0 ? `'${last}'` : `${others.join(', ')} or '${last}'`;
  const text = typeof given === 'string' ? `'${given}'` : `a ${typeof given}`;
  throw new UsageError(`${what} has to be ${all}, not ${text}`);
}
