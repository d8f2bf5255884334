/** Names of the source as names of JavaScript and C: one for each, and each only once. */

const reserved = new Set(
  (
    'abstract any arguments as async await boolean break case catch class const continue debugger declare ' +
    'default delete do else enum eval export extends false finally for from function get if implements ' +
    'import in instanceof interface let module namespace never new null number object of package private ' +
    'protected public return set static string super switch symbol this throw true try type typeof ' +
    'undefined unknown var void while with yield ' +
    // What generated files import, and what is everywhere.
    'Array Object String Number Boolean Symbol Promise Map Set Error In In64 Live Offset Offset64 Pointer ' +
    'Pointer64 Runtime Module Memory array bool chars cstring record typed load Caller Exports Imports _default ' +
    'i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 char'
  ).split(' '),
);

/** `geometry::vec<float>` is `geometry_vec_float`; a word of the language gets a dollar sign. */
export function identifier(text: string): string {
  const name = text.replace(/[^\w$]+/g, '_').replace(/_+$/, '') || '_';
  if (reserved.has(name)) return `${name}$`;
  return /^\d/.test(name) ? `_${name}` : name;
}

export class Names {
  readonly #taken = new Set<string>();

  /** A name like the wanted one that nobody has yet. */
  take(wanted: string): string {
    const base = identifier(wanted);
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}$${number}`;
    this.#taken.add(name);
    return name;
  }
}
