/** An inspection as lines of text, at most 80 characters wide. */
import type {
  GlobalInspection,
  MemoryInspection,
  ObjectCount,
  ObjectsInspection,
  RegionInspection,
  TableInspection,
  InspectionParts,
} from './parts.js';
import {
  count,
  hex,
  printable,
  regionLabel,
  requirementRows,
  sizeText,
  sourceName,
} from './labels.js';

/** How parts of the text are set off. */
export interface Paint {
  readonly heading: (text: string) => string;
  readonly quiet: (text: string) => string;
}

/** Plain text with some of everything by default. */
export interface TextOptions extends Partial<Paint> {
  /** All there is of what there may be very many of. */
  readonly all?: boolean;
}

interface Style extends Paint {
  readonly most: number;
}

const width = 80;
/** Of what there may be very many of. */
const some = 32;

function cut(text: string, room = width): string {
  return text.length <= room ? text : `${text.slice(0, room - 3)}...`;
}

/** Each line by itself. */
function cutAll(text: string): string {
  return text
    .split('\n')
    .map((line) => cut(line))
    .join('\n');
}

/** A line with a name in it; below it what that is in the source, if it is mangled. */
function namedLine(line: string, name: string): string {
  const source = sourceName(name);
  return source === '' ? line : `${line}\n      ${source}`;
}

/** At most so many lines, and how many more there are. */
function upTo<T>(most: number, items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, most).map((item) => cutAll(line(item)));
  const more = items.length - lines.length;
  return more > 0 ? [...lines, `  ... and ${more} more (--all)`] : lines;
}

function regionLine(region: RegionInspection, indent: string, paint: Paint): string {
  const place = `  ${hex(region.offset)} ${sizeText(region.bytes).padStart(10)}`;
  const label = cut(`  ${indent}${regionLabel(region)}`, width - place.length);
  const how = region.how === '' || indent !== '' ? '' : `by ${printable(region.how)}`;
  const line = paint.quiet(place) + label;
  if (how === '') return line;
  const gap = place.length + label.length;
  if (gap + 2 + how.length <= width) return `${line}, ${paint.quiet(how)}`;
  return `${line}\n${' '.repeat(place.length + 2)}${paint.quiet(cut(how, width - place.length - 2))}`;
}

function regionLines(region: RegionInspection, paint: Style): string[] {
  const parts = region.parts.slice(0, paint.most).map((part) => regionLine(part, '  ', paint));
  const more = region.parts.length - parts.length;
  if (more > 0) parts.push(`${' '.repeat(25)}  ... and ${more} more (--all)`);
  return [regionLine(region, '', paint), ...parts];
}

function memoryLines(memory: MemoryInspection, paint: Style): string[] {
  const { heap, slot, pageBytes } = memory;
  const most = memory.pagesMaximum * pageBytes;
  const name = memory.name === '' ? '' : ` $${cut(printable(memory.name), 24)}`;
  const title = paint.heading(`memory ${memory.index}${name}`);
  const facts = [
    memory.backend,
    memory.guarded ? 'accesses unchecked' : 'accesses checked',
    ...(slot === undefined ? [] : [`slot ${slot.number} of ${slot.of}`]),
    ...(memory.imported ? ['imported'] : []),
    ...(memory.is64 ? ['64-bit'] : []),
  ];
  const written = memory.resident === undefined ? [] : [`${sizeText(memory.resident)} written to`];
  const lines = [
    `${title}  ${count(memory.pages, 'page')} of ${sizeText(pageBytes)}, ` +
      `${sizeText(memory.bytes)}; may grow to ${sizeText(most)}`,
    `  ${[...facts, ...written].join(', ')}`,
  ];
  if (heap !== undefined) {
    lines.push(
      `  host's heap: ${count(heap.blocks, 'block')}, ${sizeText(heap.used)} of ` +
        `${sizeText(heap.capacity)} (most so far ${sizeText(heap.peak)})`,
    );
  }
  return [...lines, ...memory.regions.flatMap((region) => regionLines(region, paint))];
}

function tableLine(table: TableInspection, index: number): string {
  const limits = `${table.length} of at most ${table.maximum} ${table.element}`;
  return namedLine(
    `  ${String(index).padStart(3)}  ${limits}  ${printable(table.name)}`,
    table.name,
  );
}

function globalLine(global: GlobalInspection, index: number): string {
  const type = global.mutable ? `mut ${global.type}` : global.type;
  const value = `${type.padEnd(8)} ${global.value.padEnd(12)}`;
  const line = `  ${String(index).padStart(3)}  ${value} ${printable(global.name)}`;
  return namedLine(line, global.name);
}

function objectLine({ type, name, array, objects, bytes }: ObjectCount): string {
  const number = `  ${String(objects).padStart(10)} ${sizeText(bytes).padStart(10)}`;
  if (type === undefined) return `${number}  of other modules' types`;
  const named = name === '' ? '' : ` $${printable(name)}`;
  return `${number}  ${array ? 'arrays' : 'structs'} of type ${type}${named}`;
}

function objectLines(objects: ObjectsInspection, paint: Style): string[] {
  const { limit, taken, bytes, collections } = objects;
  return [
    `${paint.heading('objects')}  ${count(objects.objects, 'object')}, ${sizeText(bytes)}`,
    `  in ${sizeText(taken)} of at most ${sizeText(limit)}, ${count(collections, 'collection')}`,
    ...upTo(paint.most, objects.types, objectLine),
  ];
}

const unchanged = (text: string): string => text;

export function toText(inspection: InspectionParts, options: TextOptions = {}): string {
  const { heading = unchanged, quiet = unchanged, all = false } = options;
  const paint: Style = { heading, quiet, most: all ? Infinity : some };
  const list = (title: string, lines: string[]): string[] =>
    lines.length === 0 ? [] : ['', heading(title), ...lines];
  const listed = <T>(title: string, items: readonly T[], line: (item: T) => string): string[] =>
    list(title, upTo(paint.most, items, line));
  const { module, functions, wasmStacks } = inspection;
  const { imports, exports, sections } = module;
  const name = module.name === '' ? 'module' : printable(module.name);
  return [
    `${paint.heading(cut(name, 60))}  ${sizeText(module.bytes)}`,
    `  ${count(functions.total, 'function')}, ${functions.imported} imported, ` +
      `${functions.translated} translated; ${count(module.dataSegments, 'data segment')}`,
    `  bookkeeping: module ${sizeText(module.bookkeeping)}, ` +
      `instance ${sizeText(inspection.bookkeeping)}`,
    `  wasm stacks: ${wasmStacks.count}, ${sizeText(wasmStacks.bytes)}`,
    ...inspection.memories.flatMap((memory) => ['', ...memoryLines(memory, paint)]),
    ...(inspection.objects === undefined ? [] : ['', ...objectLines(inspection.objects, paint)]),
    ...list(
      'needs, of one block',
      (inspection.requirements === undefined ? [] : requirementRows(inspection.requirements)).map(
        ([name, bytes, note]) => `  ${name.padEnd(10)} ${sizeText(bytes).padStart(10)}  ${note}`,
      ),
    ),
    ...listed('buffers of the host', inspection.buffers, (buffer) => {
      const place = `${hex(buffer.offset)} ${sizeText(buffer.bytes).padStart(10)}`;
      return `  ${place}  ${buffer.length} ${printable(buffer.layout)}`;
    }),
    ...listed('tables', [...inspection.tables.entries()], ([i, t]) => tableLine(t, i)),
    ...listed('globals', [...inspection.globals.entries()], ([i, g]) => globalLine(g, i)),
    ...listed('imports', imports, (item) => {
      const from = `${printable(item.module)}.${printable(item.name)}`;
      return namedLine(`  ${from} ${item.signature}`, item.name);
    }),
    ...listed('exports', exports, (item) =>
      namedLine(`  ${printable(item.name)} ${item.signature}`, item.name),
    ),
    ...listed('sections', sections, (section) => {
      const place = `${hex(section.offset)} ${sizeText(section.bytes).padStart(10)}`;
      const label = section.id === 0 ? `custom ${printable(section.name)}` : section.name;
      return `  ${place}  ${label}`;
    }),
    '',
  ]
    .map((line) => line.replace(/ +$/gm, ''))
    .join('\n');
}
