/** Types of AssemblyScript as TypeScript has them. */
import { type ManagedDescription, type ParsedType, parseType } from './description.js';
import { identifier } from './names.js';

/** What it asks of who makes code of types. */
interface Types {
  type(name: string): string;
  given(text: string): string;
  taken(text: string): string;
  managed(type: ParsedType): ManagedDescription | undefined;
}

/** Typed arrays by their elements. */
export const views: Readonly<Record<string, string>> = {
  ...{ i8: 'Int8Array', u8: 'Uint8Array', i16: 'Int16Array', u16: 'Uint16Array' },
  ...{ i32: 'Int32Array', u32: 'Uint32Array', f32: 'Float32Array', f64: 'Float64Array' },
  ...{ i64: 'BigInt64Array', u64: 'BigUint64Array' },
};

const listOf = (text: string): string => (text.includes('|') ? `(${text})[]` : `${text}[]`);
const orNull = (type: ParsedType, text: string): string =>
  type.nullable ? `${text} | null` : text;

/** What a function of the guest's gives. */
export function managedGiven(code: Types, type: ParsedType, known: ManagedDescription): string {
  const { as, element = 'i32' } = known;
  const text = (): string => {
    if (as === 'string') return 'string';
    if (as === 'buffer') return 'ArrayBuffer';
    if (as === 'view') return views[element] ?? 'ArrayBufferView';
    if (as === 'array' || as === 'fixed') return listOf(code.given(element));
    return `${code.type('Managed')}<${identifier(type.base)}>`;
  };
  return orNull(type, text());
}

/** What it takes. */
export function managedTaken(code: Types, type: ParsedType, known: ManagedDescription): string {
  const { as, element = 'i32' } = known;
  const text = (): string => {
    if (as === 'buffer') return 'ArrayBuffer | Uint8Array';
    if (as === 'array' || as === 'fixed' || as === 'view') {
      const list = `readonly ${listOf(code.taken(element))}`;
      const view = code.managed(parseType(element)) === undefined ? views[element] : undefined;
      return view === undefined ? list : `${list} | ${view}`;
    }
    const given = managedGiven(code, { ...type, nullable: false }, known);
    return as === 'class' ? `${given} | ${identifier(type.base)}` : given;
  };
  return orNull(type, text());
}
