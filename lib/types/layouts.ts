/** Layouts made of a description, for who wants to look at memory without a generated file. */
import {
  type Layout,
  array,
  bool,
  chars,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  record,
  u8,
  u16,
  u32,
  u64,
} from '../index.js';
import { type Description, DescriptionError, type ParsedType, parseType } from './description.js';

const scalars: Record<string, Layout> = {
  ...{ bool, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 },
  char: i8,
};

/** Deeper than any program has structs in structs; a description may lead in circles. */
const mostDepth = 64;

/** The layouts of a description's types. */
export class Layouts {
  readonly #known = new Map<string, Layout>();

  constructor(
    readonly description: Description,
    readonly memory64: boolean,
  ) {}

  /** Throws a DescriptionError for a type that has no size. */
  of(text: string, depth = 0): Layout {
    const type = parseType(text);
    if (type.pointers > 0) return this.memory64 ? u64 : u32;
    if (depth > mostDepth) throw new DescriptionError(`${text} is in itself`);
    const { dimensions } = type;
    const isText = type.base === 'char' && dimensions.length > 0;
    const inner = isText ? chars(dimensions.at(-1) ?? 0) : this.#base(type, depth);
    const rest = isText ? dimensions.slice(0, -1) : dimensions;
    return rest.reduceRight<Layout>((layout, count) => array(layout, count), inner);
  }

  #base({ base }: ParsedType, depth: number): Layout {
    const scalar = Object.hasOwn(scalars, base) ? scalars[base] : this.#known.get(base);
    if (scalar !== undefined) return scalar;
    const known = Object.hasOwn(this.description.types, base)
      ? this.description.types[base]
      : undefined;
    switch (known?.kind) {
      case 'enum':
        return this.of(known.of, depth + 1);
      case 'managed':
      case 'function':
        return this.memory64 ? u64 : u32;
      case 'struct':
      case 'union': {
        const fields = known.fields.map(
          (field) =>
            [
              field.name,
              [field.at, this.of(field.type, depth + 1), ...(field.bits ?? [])],
            ] as const,
        );
        const made = record(
          base,
          known.size,
          known.align,
          Object.fromEntries(fields) as Parameters<typeof record>[3],
        );
        this.#known.set(base, made);
        return made;
      }
      default:
        throw new DescriptionError(`nothing is known of what is in ${base}`);
    }
  }
}

/** A value as text: fields by name, enumerators by theirs, pointers as addresses. */
export function shownValue(description: Description, text: string, value: unknown): string {
  const type = parseType(text);
  if (Array.isArray(value)) {
    const element = text.replace(/\[\d+\]/, '');
    return `[${value.map((each) => shownValue(description, element, each)).join(', ')}]`;
  }
  const isAddress = type.pointers > 0;
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (isAddress) return Number(value) === 0 ? 'null' : `0x${value.toString(16)}`;
    return enumerator(description, type.base, value) ?? (Object.is(value, -0) ? '-0' : `${value}`);
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const known = description.types[type.base];
  const fields = known?.kind === 'struct' || known?.kind === 'union' ? known.fields : [];
  const parts = fields.map(({ name, type: of }) => {
    const field = (value as Readonly<Record<string, unknown>>)[name];
    return `${name}: ${shownValue(description, of, field)}`;
  });
  return `{ ${parts.join(', ')} }`;
}

function enumerator(
  description: Description,
  name: string,
  value: number | bigint,
): string | undefined {
  const type = Object.hasOwn(description.types, name) ? description.types[name] : undefined;
  if (type?.kind !== 'enum') return undefined;
  const found = Object.entries(type.values).find(([, number]) => number === Number(value));
  return found === undefined ? `${value}` : `${found[0]} (${value})`;
}
