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

/** Words of C and of C++, whose headers are the same. */
const reservedInC = new Set(
  (
    'alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t ' +
    'class co_await co_return co_yield compl concept const const_cast consteval constexpr constinit ' +
    'continue decltype default delete do double dynamic_cast else enum explicit export extern false float ' +
    'for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq ' +
    'private protected public register reinterpret_cast requires restrict return short signed sizeof static ' +
    'static_assert static_cast struct switch template this thread_local throw true try typedef typeid ' +
    'typename typeof union unsigned using virtual void volatile wchar_t while xor xor_eq NULL'
  ).split(' '),
);

/** What a name of the source has of one of C's. */
export const word = (text: string): string => text.replace(/[^A-Za-z0-9_]+/g, '_');

/** Names of one scope of C: an underscore is added to those that are words of it, or taken. */
export class NamesOfC {
  readonly #taken: Set<string>;

  constructor(...taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  take(wanted: string): string {
    // A dollar sign at the end is of a word of JavaScript's: see identifier.
    let name = word(wanted.replace(/\$$/, '')).replace(/^(\d|$)/, '_$1');
    while (reservedInC.has(name) || this.#taken.has(name)) name += '_';
    this.#taken.add(name);
    return name;
  }
}
