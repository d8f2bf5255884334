/**
 * An inspection as one HTML page. Everything the page shows is in it: it loads nothing, and its
 * policy lets no script run but the one of page.ts. Whatever a module names goes
 * through `text`.
 */
import { createHash } from 'node:crypto';
import type {
  GlobalInspection,
  MemoryInspection,
  ObjectCount,
  ObjectsInspection,
  RegionInspection,
  SectionInspection,
  TableInspection,
  InspectionParts,
} from './parts.js';
import {
  count,
  hex,
  kindLabels,
  printable,
  regionLabel,
  requirementRows,
  sizeText,
  sourceName,
} from './labels.js';
import { script, style } from './page.js';
import type { ExportDescriptor, ImportDescriptor } from '../core/extern.js';

/** Of what there may be very many of. */
const mostDrawn = 2000;
const mostListed = 2000;
/** Parts of a region that are listed at once; more have to be opened. */
const mostOpen = 12;

/** Text as HTML, in elements and in quoted attributes. */
function text(value: string): string {
  return printable(value).replace(
    /[&<>"']/g,
    (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? '&#39;',
  );
}

/** A name, and below it what that is in the source, if it is mangled. */
function nameText(name: string): string {
  const source = sourceName(name);
  return source === '' ? text(name) : `${text(name)}<small>${text(source)}</small>`;
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (part / whole) * 100).toFixed(4)}%`;
}

function table(head: readonly string[], rows: readonly string[], label: string): string {
  if (rows.length === 0) return '<p class="none">None.</p>';
  const cells = head.map((title) => {
    const [name = '', kind] = title.split('|');
    return `<th scope="col"${kind === undefined ? '' : ` class="${kind}"`}>${name}</th>`;
  });
  const more = rows.length - mostListed;
  const note = more > 0 ? `<p class="none">And ${more} more.</p>` : '';
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="${text(label)}">` +
    `<table><thead><tr>${cells.join('')}</tr></thead>` +
    `<tbody>${rows.slice(0, mostListed).join('')}</tbody></table></div>${note}`
  );
}

// --- the map -------------------------------------------------------------------------------------

function drawn(region: RegionInspection, size: number, isPart: boolean): string {
  const label = text(regionLabel(region));
  const place = `${hex(region.offset)}, ${sizeText(region.bytes)}`;
  const attributes =
    `class="r k-${region.kind}" data-o="${region.offset}" data-b="${region.bytes}" ` +
    `style="--c:var(--${region.kind});left:${percent(region.offset, size)};` +
    `width:${percent(region.bytes, size)}" title="${label}, ${place}"`;
  if (isPart) return `<div ${attributes}><span>${label}</span></div>`;
  return (
    `<button type="button" ${attributes} aria-label="${label}, ${place}: show only this">` +
    `<b>${label}</b><span>${sizeText(region.bytes)}</span></button>`
  );
}

function map(memory: MemoryInspection): string {
  const regions = memory.regions.filter(({ kind }) => kind !== 'reach');
  const parts = regions.flatMap((region) => region.parts);
  const lane =
    parts.length === 0
      ? ''
      : `<div class="lane" aria-hidden="true">` +
        `${parts
          .slice(0, mostDrawn)
          .map((part) => drawn(part, memory.bytes, true))
          .join('')}</div>`;
  const left = parts.length - mostDrawn;
  const button = (act: string, label: string, sign: string): string =>
    `<button type="button" data-act="${act}" aria-label="${label}">${sign}</button>`;
  return (
    `<div class="map" id="map-${memory.index}" data-size="${memory.bytes}" tabindex="0" ` +
    `role="group" aria-label="Map of memory ${memory.index}: plus and minus zoom, arrows move">` +
    `<div class="bar">${regions.map((region) => drawn(region, memory.bytes, false)).join('')}</div>` +
    `${lane}<div class="axis mono" aria-hidden="true"></div>` +
    `<div class="tools" hidden>${button('in', 'Zoom in', '+')}${button('out', 'Zoom out', '&minus;')}` +
    `${button('left', 'Move left', '&larr;')}${button('right', 'Move right', '&rarr;')}` +
    `${button('all', 'Show all of the memory', 'All')}<span class="at" aria-live="polite"></span></div>` +
    `</div>${left > 0 ? `<p class="none">${left} more parts are not drawn.</p>` : ''}`
  );
}

// --- tables --------------------------------------------------------------------------------------

function written(region: RegionInspection): string {
  if (region.kind === 'reach' || region.resident === undefined) return '';
  const share = percent(region.resident, region.bytes);
  return `${sizeText(region.resident)}<span class="meter"><i style="width:${share}"></i></span>`;
}

function regionRow(memory: MemoryInspection, region: RegionInspection, isPart: boolean): string {
  const zoom =
    region.kind === 'reach'
      ? ''
      : ` data-map="map-${memory.index}" data-o="${region.offset}" data-b="${region.bytes}"`;
  return (
    `<tr class="${isPart ? 'part' : 'whole'}"${zoom}>` +
    `<td class="name"><i class="s k-${region.kind}" style="--c:var(--${region.kind})"></i>` +
    `${text(regionLabel(region))}</td><td class="n l">${hex(region.offset)}</td>` +
    `<td class="n">${sizeText(region.bytes)}</td><td class="n">${isPart ? '' : written(region)}</td>` +
    `<td class="wide">${isPart ? '' : text(region.how)}</td></tr>`
  );
}

const regionHead = ['Region', 'Offset', 'Size|n', 'Written to|n', 'Known by|wide'];

function regionTables(memory: MemoryInspection): string {
  const rows = memory.regions.flatMap((region) => {
    const parts = region.parts.length > mostOpen ? [] : region.parts;
    return [
      regionRow(memory, region, false),
      ...parts.map((part) => regionRow(memory, part, true)),
    ];
  });
  const long = memory.regions
    .filter((region) => region.parts.length > mostOpen)
    .map((region) => {
      const label = `${count(region.parts.length, 'part')} of ${kindLabels[region.kind]} at ${hex(region.offset)}`;
      const parts = region.parts.map((part) => regionRow(memory, part, true));
      return `<details><summary>${text(label)}</summary>${table(regionHead, parts, label)}</details>`;
    });
  return table(regionHead, rows, `Regions of memory ${memory.index}`) + long.join('');
}

function memorySection(memory: MemoryInspection): string {
  const { heap, slot, pageBytes } = memory;
  const slotFact: [string, string, string][] =
    slot === undefined
      ? []
      : [['Pool', `slot ${slot.number} of ${slot.of}`, `${sizeText(slot.bytes)} at most`]];
  const heapFact: [string, string, string][] =
    heap === undefined
      ? []
      : [
          [
            "Host's heap",
            `${sizeText(heap.used)} of ${sizeText(heap.capacity)}`,
            `${count(heap.blocks, 'block')}, most so far ${sizeText(heap.peak)}`,
          ],
        ];
  return (
    `<section aria-labelledby="m${memory.index}"><h2 id="m${memory.index}">Memory ${memory.index}` +
    (memory.name === '' ? '' : ` <span class="mono">$${text(memory.name)}</span>`) +
    `${memory.imported ? ' (imported)' : ''}</h2>` +
    `<p class="sub">To scale. Choose a region to see only that; <kbd>+</kbd> and <kbd>&minus;</kbd> ` +
    `zoom, arrows move.</p>${memory.bytes === 0 ? '<p class="none">Empty.</p>' : map(memory)}` +
    facts([
      [
        'Size',
        sizeText(memory.bytes),
        `${count(memory.pages, 'page')} of ${sizeText(pageBytes)}, ${memory.pagesDeclared} declared`,
      ],
      [
        'May grow to',
        sizeText(memory.pagesMaximum * pageBytes),
        count(memory.pagesMaximum, 'page'),
      ],
      ['Written to', sizeText(memory.resident), 'has storage of its own'],
      [
        'Backend',
        memory.backend,
        memory.guarded ? 'accesses go unchecked' : 'accesses are checked',
      ],
      ...slotFact,
      ...heapFact,
      ...(memory.stackPointer === undefined
        ? []
        : ([['Stack pointer', hex(memory.stackPointer), '']] as [string, string, string][])),
    ]) +
    `${regionTables(memory)}</section>`
  );
}

function facts(rows: readonly (readonly [string, string, string])[]): string {
  const items = rows.map(([name, value, note]) => {
    const small = note === '' ? '' : `<small>${text(note)}</small>`;
    return `<div><dt>${text(name)}</dt><dd>${text(value)}${small}</dd></div>`;
  });
  return `<dl class="facts">${items.join('')}</dl>`;
}

function sectionRow(section: SectionInspection, whole: number): string {
  const name = section.id === 0 ? `custom: ${section.name}` : section.name;
  const share = percent(section.bytes, whole);
  return (
    `<tr><td class="name">${text(name)}</td><td class="n l">${hex(section.offset)}</td>` +
    `<td class="n">${sizeText(section.bytes)}<span class="meter"><i style="width:${share}"></i></span>` +
    `</td></tr>`
  );
}

function importRow(item: ImportDescriptor): string {
  return (
    `<tr><td class="name mono">${text(item.module)}.${nameText(item.name)}</td>` +
    `<td>${item.type.kind}</td><td class="mono">${text(item.signature)}</td></tr>`
  );
}

function exportRow(item: ExportDescriptor): string {
  return (
    `<tr><td class="name mono">${nameText(item.name)}</td><td>${item.type.kind}</td>` +
    `<td class="mono">${text(item.signature)}</td></tr>`
  );
}

function tableRow(item: TableInspection, index: number): string {
  return (
    `<tr><td class="n l">${index}</td><td class="name mono">${nameText(item.name)}</td>` +
    `<td>${item.element}</td><td class="n">${item.length}</td><td class="n">${item.maximum}</td></tr>`
  );
}

function globalRow(item: GlobalInspection, index: number): string {
  const type = item.mutable ? `mut ${item.type}` : item.type;
  return (
    `<tr><td class="n l">${index}</td><td class="name mono">${nameText(item.name)}</td>` +
    `<td>${type}</td><td class="n">${text(item.value)}</td></tr>`
  );
}

function objectRow({ type, name, array, objects, bytes }: ObjectCount): string {
  const kind = type === undefined ? "other modules' types" : array ? 'arrays' : 'structs';
  return (
    `<tr><td class="n l">${type ?? ''}</td><td class="name mono">${text(name)}</td>` +
    `<td>${text(kind)}</td><td class="n">${objects}</td><td class="n">${sizeText(bytes)}</td></tr>`
  );
}

function objectsCard(objects: ObjectsInspection | undefined): string {
  if (objects === undefined) return '';
  const heap: readonly [string, string, string] = [
    'Heap',
    sizeText(objects.taken),
    `of at most ${sizeText(objects.limit)}, ${count(objects.collections, 'collection')}`,
  ];
  const head = ['Type', 'Name', 'Kind', 'Objects|n', 'Size|n'];
  return card('Objects', facts([heap]) + table(head, objects.types.map(objectRow), 'Objects'));
}

function card(title: string, body: string): string {
  return `<section><h2>${title}</h2>${body}</section>`;
}

function summary(inspection: InspectionParts): string {
  const { module, functions, wasmStacks } = inspection;
  return facts([
    ['Module', sizeText(module.bytes), `${sizeText(module.bookkeeping)} of bookkeeping beside it`],
    ['Instance', sizeText(inspection.bookkeeping), 'of bookkeeping'],
    [
      'Functions',
      String(functions.total),
      `${functions.imported} imported, ${functions.translated} translated`,
    ],
    ['Data segments', String(module.dataSegments), ''],
    [
      'Wasm stacks',
      sizeText(wasmStacks.bytes),
      wasmStacks.count === 0 ? 'none made yet' : String(wasmStacks.count),
    ],
  ]);
}

/** A value in memory by a type of the source; of a struct its fields, with the bytes from its start. */
export interface ShownPlace {
  readonly name?: string;
  readonly address: number;
  readonly type: string;
  readonly bytes: number;
  readonly value: string;
  readonly source?: string;
  readonly fields?: readonly ShownField[];
}

export interface ShownField {
  readonly at: number;
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** Where memory has what, as its debugging information has it. */
export interface ShownMemory {
  readonly variables?: readonly ShownPlace[];
  /** What was asked for at an address. */
  readonly as?: readonly ShownPlace[];
}

function fieldRow({ at, name, type, value }: ShownField): string {
  return (
    `<tr class="part"><td class="n l">+${at}</td><td class="name mono">${text(name)}</td>` +
    `<td class="mono">${text(type)}</td><td class="mono">${text(value)}</td></tr>`
  );
}

/** A struct is opened to see its fields, each in a row. */
function placeRow({ name = '', address, type, value, source, fields = [] }: ShownPlace): string {
  const where = source === undefined ? '' : ` title="${text(source)}"`;
  const shown =
    fields.length === 0
      ? text(value)
      : `<details><summary>${text(value)}</summary><table><tbody>` +
        `${fields.map(fieldRow).join('')}</tbody></table></details>`;
  return (
    `<tr${where}><td class="n l">${hex(address)}</td><td class="name mono">${text(name)}</td>` +
    `<td class="mono">${text(type)}</td><td class="mono">${shown}</td></tr>`
  );
}

function placesCard(title: string, places: readonly ShownPlace[] | undefined): string {
  if (places === undefined || places.length === 0) return '';
  return card(title, table(['Address', 'Name', 'Type', 'Value'], places.map(placeRow), title));
}

export function toHtml(inspection: InspectionParts, memory: ShownMemory = {}): string {
  const { module, buffers } = inspection;
  const name = module.name === '' ? 'module' : module.name;
  const hash = createHash('sha256').update(script).digest('base64');
  const policy =
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; ` +
    `base-uri 'none'; form-action 'none'`;
  const buffersCard =
    buffers.length === 0
      ? ''
      : card(
          "The host's buffers",
          table(
            ['Offset', 'Contents', 'Size|n'],
            buffers.map(
              (buffer) =>
                `<tr><td class="n l">${hex(buffer.offset)}</td>` +
                `<td class="name">${buffer.length} ${text(buffer.layout)}</td>` +
                `<td class="n">${sizeText(buffer.bytes)}</td></tr>`,
            ),
            'Buffers of the host',
          ),
        );
  const needs = inspection.requirements;
  const needsCard =
    needs === undefined
      ? ''
      : card(
          'What it needs of one block',
          facts(
            requirementRows(needs).map(([title, bytes, note]) => [title, sizeText(bytes), note]),
          ),
        );
  const body =
    `<main><header><h1>${text(name)}</h1><p class="sub">What a WebAssembly instance looks like ` +
    `inside.</p>${summary(inspection)}</header>` +
    `${inspection.memories.map(memorySection).join('')}${objectsCard(inspection.objects)}${needsCard}${buffersCard}` +
    placesCard('By type', memory.as) +
    placesCard('Variables, by debugging information', memory.variables) +
    card(
      'Sections of the module',
      table(
        ['Section', 'Offset', 'Size|n'],
        module.sections.map((section) => sectionRow(section, module.bytes)),
        'Sections of the module',
      ),
    ) +
    `<div class="cols">` +
    card('Imports', table(['Name', 'Kind', 'Type'], module.imports.map(importRow), 'Imports')) +
    card('Exports', table(['Name', 'Kind', 'Type'], module.exports.map(exportRow), 'Exports')) +
    card(
      'Tables',
      table(
        ['#', 'Name', 'Element', 'Length|n', 'Maximum|n'],
        inspection.tables.map(tableRow),
        'Tables',
      ),
    ) +
    card(
      'Globals',
      table(['#', 'Name', 'Type', 'Value|n'], inspection.globals.map(globalRow), 'Globals'),
    ) +
    `</div><footer>wembed ${text(inspection.version)}. Sizes with a point are rounded.</footer></main>`;
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${text(name)} - wembed inspect</title><style>${style}</style></head>` +
    `<body>${body}<script>${script}</script></body></html>\n`
  );
}
