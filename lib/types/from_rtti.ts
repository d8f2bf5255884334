/**
 * What a module of AssemblyScript tells by itself: the classes in its runtime type information, by their
 * numbers. It has no names, no fields, and nothing of functions, whose references are i32: these types
 * are for descriptions, in which somebody says who takes and gives them.
 */
import type { ManagedDescription } from './description.js';
import type { WasmFile } from './wasm_file.js';

/** Flags of a class, as AssemblyScript's compiler writes them. */
const flag = {
  VIEW: 1 << 0,
  ARRAY: 1 << 1,
  FIXED: 1 << 2,
  VALUE_BYTES: 1 << 6, // and three more: 2, 4, 8
  SIGNED: 1 << 11,
  FLOAT: 1 << 12,
  MANAGED: 1 << 14,
} as const;

/** Numbers that are the same in every program. */
const classes: readonly (readonly [name: string, as: ManagedDescription['as']])[] = [
  ['Object', 'opaque'],
  ['ArrayBuffer', 'buffer'],
  ['String', 'string'],
];

/** More classes than a program has. */
const mostClasses = 65_536;

/** undefined: elements are references, of which the class is not known, or are none that is passed. */
function elementOf(flags: number): string | undefined {
  if ((flags & flag.MANAGED) !== 0) return undefined;
  const bytes = [1, 2, 4, 8].find((_, i) => (flags & (flag.VALUE_BYTES << i)) !== 0);
  if (bytes === undefined) return undefined;
  const kind = (flags & flag.FLOAT) !== 0 ? 'f' : (flags & flag.SIGNED) !== 0 ? 'i' : 'u';
  return `${kind}${bytes * 8}`;
}

function described(id: number, flags: number): readonly [name: string, ManagedDescription] {
  const known = classes[id];
  if (known !== undefined) return [known[0], { kind: 'managed', as: known[1], id }];
  const element = elementOf(flags);
  const as = ['view', 'array', 'fixed'] as const;
  const kind = as.find((_, i) => (flags & (flag.VIEW << i)) !== 0);
  if (kind === undefined || element === undefined) {
    return [`Class${id}`, { kind: 'managed', as: 'opaque', id }];
  }
  const names = { view: 'View', array: 'Array', fixed: 'StaticArray' };
  return [`${names[kind]}_${element}`, { kind: 'managed', as: kind, id, element }];
}

/** Types by names of ours; undefined: it is no such module, or does not export its runtime. */
export function describeRtti(file: WasmFile): Record<string, ManagedDescription> | undefined {
  const base = file.constants.get('__rtti_base');
  const hasRuntime = file.exports.some(({ name }) => name === '__new');
  if (base === undefined || !hasRuntime) return undefined;
  const word = (at: number): number | undefined => {
    const bytes = file.dataAt(at, 4);
    return bytes && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  };
  const count = word(base) ?? 0;
  if (count < classes.length || count > mostClasses) return undefined;
  const found: Record<string, ManagedDescription> = {};
  for (let id = 0; id < count; id++) {
    const flags = word(base + 4 + 4 * id);
    if (flags === undefined) return undefined;
    const [name, type] = described(id, flags);
    // Of the same elements there may be several: classes that extend a list.
    found[name in found ? `${name}_${id}` : name] = type;
  }
  return found;
}
