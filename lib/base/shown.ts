/** How objects look in `console.log`: what they are, instead of what is in them. */

/** The name of Node's method for that, which needs no import. */
export const shown: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/**
 * `Memory (2 pages, mapped)`. A fact that cannot be told is left out: what is closed, or busy,
 * throws when it is asked.
 */
export function shownAs(what: string, ...facts: readonly (() => string)[]): string {
  const told = facts.flatMap((fact) => {
    try {
      return [fact()];
    } catch {
      return [];
    }
  });
  const list = told.filter((text) => text !== '').join(', ');
  return list === '' ? what : `${what} (${list})`;
}

/** `2 pages`, `1 page`. */
export function counted(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}

/** A name in quotes, or nothing. */
export function quoted(name: string): string {
  return name === '' ? '' : JSON.stringify(name);
}
