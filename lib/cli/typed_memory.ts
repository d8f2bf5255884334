/** What `wembed inspect` shows of memory by the types of the program's source. */
import { type Inspection, type Instance, type Runtime, WembedError } from '../index.js';
import type { ShownField, ShownMemory, ShownPlace } from '../inspect/html.js';
import { printable } from '../inspect/labels.js';
import { describeVariables } from '../types/from_debug.js';
import { Layouts, shownValue } from '../types/layouts.js';
import { type Description, DescriptionError, parseType } from '../types/description.js';
import { type Sources, openDebug } from '../types/sources.js';
import { Failure, USAGE } from './failure.js';

interface Wish {
  readonly type: string;
  readonly address: number;
}

function wishOf(text: string): Wish {
  const [, type, digits = ''] = /^(.+)@(0x[\da-f]+|\d+)$/i.exec(text) ?? [];
  const address = Number(digits);
  if (type === undefined || !Number.isSafeInteger(address)) {
    throw new Failure(`--as ${text}: it has to be a type and an address, as shape_t@1032`, USAGE);
  }
  return { type, address };
}

/** So many fields of a struct are shown by themselves. */
const mostFields = 200;

/** Of a struct, and of structs in it. */
function fieldsOf(description: Description, text: string, value: unknown): ShownField[] {
  const fields: ShownField[] = [];
  const add = (type: string, from: unknown, start: number, prefix: string): void => {
    const { base, pointers, dimensions } = parseType(type);
    const known = pointers + dimensions.length === 0 ? description.types[base] : undefined;
    if (known?.kind !== 'struct' && known?.kind !== 'union') return;
    for (const { name, at, type: of } of known.fields) {
      if (fields.length >= mostFields) return;
      const inner = (from as Readonly<Record<string, unknown>>)[name];
      const shown = shownValue(description, of, inner);
      fields.push({ at: start + at, name: `${prefix}${name}`, type: of, value: shown });
      add(of, inner, start + at, `${prefix}${name}.`);
    }
  };
  add(text, value, 0, '');
  return fields;
}

/** Reads variables and what was asked for by `--as`. */
export function typedMemory(
  runtime: Runtime,
  { instance, inspection }: { readonly instance: Instance; readonly inspection: Inspection },
  sources: Sources,
  { as = [] }: { readonly as?: readonly string[] },
): ShownMemory {
  const wishes = as.map(wishOf);
  const info = openDebug(runtime, sources, []);
  if (info.about.units === 0) {
    if (wishes.length === 0) return {};
    throw new Failure('--as: there is no debugging information in it; name a file by --dwarf');
  }
  if (inspection.memories.length === 0) return {};
  const { is64 } = instance.memory;
  const names = wishes.map(({ type }) => type);
  const { description, variables, named } = describeVariables(info, is64, names);
  const layouts = new Layouts(description, is64);
  const place = (type: string, address: number): ShownPlace | undefined => {
    try {
      const layout = layouts.of(type);
      const value = instance.memory.read(layout, is64 ? BigInt(address) : address);
      const fields = fieldsOf(description, type, value);
      const shown = shownValue(description, type, value);
      return {
        ...{ address, type, bytes: layout.size, value: shown },
        ...(fields.length > 0 && { fields }),
      };
    } catch (error) {
      const isKnown =
        error instanceof DescriptionError ||
        error instanceof RangeError ||
        error instanceof WembedError;
      if (!isKnown) throw error;
      return undefined;
    }
  };
  const asked = wishes.map(({ type, address }) => {
    const found = named.get(type);
    if (found === undefined) throw new Failure(`--as ${type}: the program has no such type`);
    const shown = place(found, address);
    if (shown === undefined)
      throw new Failure(`--as ${type}: it does not fit the memory at ${address}`);
    return { ...shown, name: type };
  });
  const listed = variables.flatMap(({ name, address, type, source }) => {
    const shown = place(type, address);
    return shown === undefined ? [] : [{ name, ...shown, ...(source !== undefined && { source }) }];
  });
  return { variables: listed, ...(asked.length > 0 && { as: asked }) };
}

/** So many are listed unless all are asked for, and of a value so much. */
const mostListed = 20;
const mostText = 100;

/** As lines behind the rest of the inspection. */
export function typedText(
  { variables = [], as = [] }: ShownMemory,
  { all }: { readonly all?: true },
): string {
  const line = ({ name = '', address, type, value }: ShownPlace, whole: boolean): string => {
    const cut = whole || value.length <= mostText ? value : `${value.slice(0, mostText)} ...`;
    return `  0x${address.toString(16).padStart(8, '0')}  ${printable(`${name}: ${type} = ${cut}`)}\n`;
  };
  const shown = all === true ? variables : variables.slice(0, mostListed);
  const more = variables.length - shown.length;
  const parts: string[] = [];
  if (shown.length > 0) {
    const rest = more > 0 ? `  ... and ${more} more (--all)\n` : '';
    parts.push(
      `\nvariables, by debugging information\n${shown.map((each) => line(each, all === true)).join('')}${rest}`,
    );
  }
  if (as.length > 0) parts.push(`\nby type\n${as.map((each) => line(each, true)).join('')}`);
  return parts.join('');
}
