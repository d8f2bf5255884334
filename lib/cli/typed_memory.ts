/** What `wembed inspect` shows of memory by the types of the program's source. */
import { type Inspection, type Instance, type Runtime, WembedError } from '../index.js';
import { printable } from '../inspect/labels.js';
import { describeVariables } from '../types/from_debug.js';
import { Layouts, shownValue } from '../types/layouts.js';
import { DescriptionError } from '../types/description.js';
import { type Sources, openDebug } from '../types/sources.js';
import { Failure, USAGE } from './failure.js';

/** A variable, or what was asked for, with the value it has now. */
export interface TypedPlace {
  readonly name?: string;
  readonly address: number;
  readonly type: string;
  readonly bytes: number;
  readonly value: string;
  readonly source?: string;
}

/** Absent: there is no debugging information, or nothing was asked for. */
export interface TypedMemory {
  readonly variables?: readonly TypedPlace[];
  readonly as?: readonly TypedPlace[];
}

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

/** Reads variables and what was asked for by `--as`. */
export function typedMemory(
  runtime: Runtime,
  { instance, inspection }: { readonly instance: Instance; readonly inspection: Inspection },
  sources: Sources,
  { as = [] }: { readonly as?: readonly string[] },
): TypedMemory {
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
  const place = (type: string, address: number): TypedPlace | undefined => {
    try {
      const layout = layouts.of(type);
      const value = instance.memory.read(layout, is64 ? BigInt(address) : address);
      return { address, type, bytes: layout.size, value: shownValue(description, type, value) };
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
  { variables = [], as = [] }: TypedMemory,
  { all }: { readonly all?: true },
): string {
  const line = ({ name = '', address, type, value }: TypedPlace, whole: boolean): string => {
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
