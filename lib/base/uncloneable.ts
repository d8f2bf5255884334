/**
 * Objects that stand for something native cannot be posted to workers or cloned, which makes plain
 * objects of what it can read. An own property with a symbol for its value is what it refuses, and
 * it says the symbol's name.
 */

/** A value for such a property; JSON and comparisons do not mind it. */
export function refusal(what: string): symbol {
  return Symbol(`wembed: a ${what} belongs to one thread and`);
}
