/**
 * What is known of a module's types, whoever says it: the description file, which people edit, the
 * custom section that holds one, debugging information. Types are written as text:
 *
 *     i32  f64  bool  char  shape_t  const shape_t*  char[16]  u8[2][3]  operation  void*
 *
 * `Point?` may be null, for classes of AssemblyScript. A name is that of an entry of `types`; a function type stands for the pointer to such a function.
 */
import { ShapeError, checkShape } from './shape.js';

/** A field of a struct or union. */
export interface FieldDescription {
  readonly name: string;
  /** Bytes from the start. */
  readonly at: number;
  readonly type: string;
  /** Of a bit field: its first bit from that byte, and how many. */
  readonly bits?: readonly [first: number, count: number];
}

/** A parameter of a function. */
export interface ParameterDescription {
  readonly name: string;
  readonly type: string;
  /** It is the length of the list given for the parameter of that name, and not given itself. */
  readonly lengthOf?: string;
}

/** A function, exported or imported, or the type of one. */
export interface FunctionDescription {
  readonly params: readonly ParameterDescription[];
  /** Absent: nothing. */
  readonly result?: string;
  /** The result is text to be read; with `frees` it is freed then by the guest's allocator. */
  readonly text?: boolean;
  readonly frees?: boolean;
  /** Where it is declared: file and line. */
  readonly source?: string;
}

/** Something in the heap of a module compiled by AssemblyScript. */
export interface ManagedDescription {
  readonly kind: 'managed';
  readonly as: 'string' | 'buffer' | 'array' | 'fixed' | 'view' | 'class' | 'opaque';
  /** Number of its class in the module's runtime type information. */
  readonly id: number;
  /** Of arrays: the type of their elements. */
  readonly element?: string;
  /** Of a class: bytes of an object, and what is in it. */
  readonly size?: number;
  readonly fields?: readonly FieldDescription[];
  readonly called?: string;
}

/** A type with a name. */
export type TypeDescription =
  | {
      readonly kind: 'struct' | 'union';
      readonly size: number;
      readonly align: number;
      readonly fields: readonly FieldDescription[];
      /** Its name in the source, where that is not a name here. */
      readonly called?: string;
      readonly source?: string;
    }
  | {
      readonly kind: 'enum';
      readonly of: string;
      readonly values: Readonly<Record<string, number>>;
      readonly called?: string;
      readonly source?: string;
    }
  | ({ readonly kind: 'function' } & FunctionDescription)
  | { readonly kind: 'opaque'; readonly called?: string }
  | ManagedDescription;

/** All that is known. */
export interface Description {
  readonly $schema?: string;
  /** Of this format. */
  readonly version: 1;
  readonly types: Readonly<Record<string, TypeDescription>>;
  /** By the name of the export. */
  readonly functions: Readonly<Record<string, FunctionDescription>>;
  /** By module and name. */
  readonly imports: Readonly<Record<string, Readonly<Record<string, FunctionDescription>>>>;
  /** Exports that have no typed caller, and why. */
  readonly left?: Readonly<Record<string, string>>;
}

/** The custom section of a module that has its description, as JSON. */
export const sectionName = 'wembed.types';

export const scalarNames = [
  'bool',
  'char',
  'i8',
  'u8',
  'i16',
  'u16',
  'i32',
  'u32',
  'i64',
  'u64',
  'f32',
  'f64',
] as const;
export type Scalar = (typeof scalarNames)[number];

/** A type as its text says it. */
export interface ParsedType {
  readonly base: string;
  /** Whether what a pointer leads to is only read. */
  readonly const: boolean;
  /** How many pointers lead to `base`. */
  readonly pointers: number;
  readonly dimensions: readonly number[];
  /** Whether a reference may be null. */
  readonly nullable: boolean;
}

export class DescriptionError extends Error {}

/** Throws a DescriptionError when the text is no type. */
export function parseType(text: string): ParsedType {
  const match = /^(const )?([A-Za-z_$][\w$]*)(\**)((?:\[\d{1,9}\])*)(\?)?$/.exec(text.trim());
  if (match === null) throw new DescriptionError(`"${text}" is no type`);
  const [, constant, base = '', pointers = '', dimensions = '', nullable] = match;
  return {
    base,
    const: constant !== undefined,
    pointers: pointers.length,
    dimensions: [...dimensions.matchAll(/\d+/g)].map(([digits]) => Number(digits)),
    nullable: nullable !== undefined,
  };
}

export const isScalar = (name: string): name is Scalar =>
  (scalarNames as readonly string[]).includes(name);

/** Bytes of a scalar. */
export function scalarSize(name: Scalar): number {
  if (name === 'bool' || name === 'char') return 1;
  return Number(name.slice(1)) / 8;
}

/** Every type that a description uses, with where. */
function* used(description: Description): Generator<readonly [where: string, type: string]> {
  const functions = function* (where: string, item: FunctionDescription) {
    for (const param of item.params) yield [`${where}, ${param.name}`, param.type] as const;
    if (item.result !== undefined) yield [`${where}, its result`, item.result] as const;
  };
  for (const [name, type] of Object.entries(description.types)) {
    if (type.kind === 'function') yield* functions(name, type);
    else if (type.kind === 'enum') yield [name, type.of];
    else if (type.kind !== 'opaque') {
      if (type.kind === 'managed' && type.element !== undefined) yield [name, type.element];
      for (const field of type.fields ?? []) yield [`${name}.${field.name}`, field.type];
    }
  }
  for (const [name, item] of Object.entries(description.functions)) yield* functions(name, item);
  for (const [from, items] of Object.entries(description.imports)) {
    for (const [name, item] of Object.entries(items)) yield* functions(`${from}.${name}`, item);
  }
}

function checkLengths(where: string, { params }: FunctionDescription): void {
  const names = new Set(params.map(({ name }) => name));
  for (const { name, lengthOf } of params) {
    if (lengthOf !== undefined && (!names.has(lengthOf) || lengthOf === name)) {
      throw new DescriptionError(
        `${where}: ${name} is the length of ${lengthOf}, which is not there`,
      );
    }
  }
}

/** JSON of the right shape. */
function parse(text: string): Partial<Description> {
  try {
    const given: unknown = JSON.parse(text);
    checkShape(given);
    return given as Partial<Description>;
  } catch (error) {
    if (error instanceof ShapeError) throw new DescriptionError(error.message);
    throw new DescriptionError(`it is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

/** A description from JSON. Throws a DescriptionError that says what is wrong with it. */
export function readDescription(text: string): Description {
  const { version, types = {}, functions = {}, imports = {}, left } = parse(text);
  if (version !== 1) throw new DescriptionError('its version has to be 1');
  const description: Description = { version, types, functions, imports, ...(left && { left }) };
  for (const [name, item] of Object.entries(functions)) checkLengths(name, item);
  for (const [from, items] of Object.entries(imports)) {
    for (const [name, item] of Object.entries(items)) checkLengths(`${from}.${name}`, item);
  }
  for (const [where, type] of used(description)) {
    const { base } = parseType(type);
    if (base !== 'void' && !isScalar(base) && !Object.hasOwn(types, base)) {
      throw new DescriptionError(`${where}: there is no type "${base}"`);
    }
  }
  return description;
}

/** What `over` says, and of the rest what `under` says. */
export function merge(over: Description, under: Description): Description {
  const imports: Record<string, Readonly<Record<string, FunctionDescription>>> = {
    ...under.imports,
  };
  for (const [from, items] of Object.entries(over.imports)) {
    imports[from] = { ...imports[from], ...items };
  }
  const functions = { ...under.functions, ...over.functions };
  const left = Object.entries({ ...under.left, ...over.left }).filter(
    ([name]) => !Object.hasOwn(over.functions, name),
  );
  return {
    version: 1,
    types: { ...under.types, ...over.types },
    functions,
    imports,
    ...(left.length > 0 && { left: Object.fromEntries(left) }),
  };
}
