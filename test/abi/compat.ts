// Renders docs/wamr-compat.md from native/capi/functions.def and native/capi/differences.def.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from '../../tools/docs/markdown_table.js';

export type State = 'Implemented' | 'Absent' | 'Planned' | 'Never';

/** Names in the rows ONLY_ON_MAIN(name): functions that WAMR 2.4.5 does not have. */
function readMainOnly(root: string): string[] {
  const text = readFileSync(join(root, 'native/capi/functions.def'), 'utf8');
  return [...text.matchAll(/^ONLY_ON_MAIN\((\w+)\)$/gm)].map((match) => match[1] ?? '');
}

export interface FunctionRow {
  header: string;
  group: string;
  name: string;
  state: State;
  note: string;
}

/** What hosts take from WAMR's library beside its headers: names and our headers, by header. */
export function readPorting(root: string): Map<string, string[]> {
  const text = readFileSync(join(root, 'native/porting/functions.def'), 'utf8');
  const headers = new Map<string, string[]>();
  for (const [, header = '', name = ''] of text.matchAll(/^PORTING_FUNCTION\((\w+), (\w+)\)$/gm)) {
    headers.set(header, [...(headers.get(header) ?? []), name]);
  }
  return headers;
}

interface Difference {
  area: string;
  wamr: string;
  wembed: string;
  reason: string;
}

const stateText: Record<State, string> = {
  Implemented: 'yes',
  Absent: 'links',
  Planned: 'planned',
  Never: 'no',
};

function isState(text: string): text is State {
  return Object.hasOwn(stateText, text);
}

const literal = String.raw`"((?:[^"\\]|\\.)*)"`;

function unescape(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

export function readFunctions(root: string): FunctionRow[] {
  const text = readFileSync(join(root, 'native/capi/functions.def'), 'utf8');
  const row = new RegExp(String.raw`^FUNCTION\((\w+), ${literal}, (\w+), (\w+), ${literal}\)$`);
  const rows: FunctionRow[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('FUNCTION(')) continue;
    const match = row.exec(line);
    if (match === null) throw new Error(`functions.def: cannot read ${line}`);
    const [, header = '', group = '', name = '', state = '', note = ''] = match;
    if (!isState(state)) {
      throw new Error(`functions.def: ${name} has the unknown state ${state}`);
    }
    rows.push({ header: `${header}.h`, group, name, state, note: unescape(note) });
  }
  return rows;
}

/** Rows are DIFFERENCE(area, wamr, wembed, reason), each a C string perhaps in several pieces. */
function readDifferences(root: string): Difference[] {
  const text = readFileSync(join(root, 'native/capi/differences.def'), 'utf8');
  const string = String.raw`(${literal.replace('(', '(?:')}(?:\s*${literal.replace('(', '(?:')})*)`;
  const row = new RegExp(
    String.raw`^DIFFERENCE\(\s*${string},\s*${string},\s*${string},\s*${string}\)$`,
    'gm',
  );
  const join4 = (pieces: string): string =>
    [...pieces.matchAll(new RegExp(literal, 'g'))].map((m) => unescape(m[1] ?? '')).join('');
  const rows: Difference[] = [];
  for (const match of text.matchAll(row)) {
    const [area = '', wamr = '', wembed = '', reason = ''] = match.slice(1).map(join4);
    rows.push({ area, wamr, wembed, reason });
  }
  const expected = text.split('\n').filter((line) => line.startsWith('DIFFERENCE(')).length;
  if (rows.length !== expected) throw new Error('differences.def: a row cannot be read');
  return rows;
}

function renderDifferences(rows: Difference[]): string {
  const areas = [...new Set(rows.map((row) => row.area))];
  const item = ({ wamr, wembed, reason }: Difference): string =>
    `- WAMR 2.4.5 ${wamr}\n  - Here: ${wembed}\n  - Why: ${reason}\n`;
  return areas
    .map((area) => {
      const items = rows.filter((row) => row.area === area).map(item);
      return `### ${area}\n\n${items.join('')}`;
    })
    .join('\n');
}

/**
 * The program of test/api that says a function's name most often, or why there is none: what is not
 * exported is held by the test of exports.
 */
export function testOf(root: string, row: FunctionRow): string | undefined {
  if (row.state === 'Planned' || row.state === 'Never') return 'test/abi/exports.ts';
  const said = new RegExp(`\\b${row.name}\\b`, 'g');
  let best: { path: string; times: number } | undefined;
  for (const [path, text] of apiTests(root)) {
    const times = [...text.matchAll(said)].length;
    if (times > (best?.times ?? 0)) best = { path, times };
  }
  // Many functions of wasm-c-api are one macro's: the program that has all of them by name.
  return best?.path ?? (row.header === 'wasm_c_api.h' ? 'test/abi/abi.c' : undefined);
}

let known: Map<string, string> | undefined;

/** Programs of test/api, and what they include: the macros of wasm_export.h are written out. */
function apiTests(root: string): Map<string, string> {
  if (known !== undefined) return known;
  const folder = 'test/api';
  const files = readdirSync(join(root, folder)).filter((name) => /\.[ch]$/.test(name));
  known = new Map(
    files.map((name) => {
      const text = readFileSync(join(root, folder, name), 'utf8');
      return [
        `${folder}/${name}`,
        text.replace(/\bget_module_inst\(/g, 'wasm_runtime_get_module_inst('),
      ];
    }),
  );
  return known;
}

function renderFunctions(root: string, rows: FunctionRow[]): string {
  const headers = [...new Set(rows.map((row) => row.header))];
  return headers
    .map((header) => {
      const body = rows
        .filter((row) => row.header === header)
        .map((row) => [`\`${row.name}\``, stateText[row.state], testOf(root, row) ?? '', row.note]);
      return `### ${header}\n\n${markdownTable([['function', 'state', 'test', 'note'], ...body])}\n`;
    })
    .join('\n');
}

function renderPorting(headers: Map<string, string[]>): string {
  return [...headers]
    .map(
      ([header, names]) => `- \`${header}.h\`: ${names.map((name) => `\`${name}\``).join(', ')}\n`,
    )
    .join('');
}

export function renderCompatibility(root: string): string {
  const functions = readFunctions(root);
  const counted = (what: string, rows: FunctionRow[]): string[] => {
    const count = (state: State): number => rows.filter((row) => row.state === state).length;
    const states = (Object.keys(stateText) as State[]).map(count);
    return [what, `${rows.length}`, ...states.map(String)];
  };
  const later = readMainOnly(root);
  const stray = later.find((name) => !functions.some((row) => row.name === name));
  if (stray !== undefined) throw new Error(`functions.def: there is no row for ${stray}`);
  return `# Compatibility with WAMR

<!-- Generated by test/abi/generate.ts from native/capi/functions.def and differences.def. -->

A program written against the embedding headers of WAMR 2.4 compiles against \`include/\` and links unchanged to
\`libwembed\`, or to \`libwembed-gc\` if it is one for a WAMR that is built with GC, as far as it uses the functions marked
"yes" below. Names, argument types, struct layouts, enum values, exception texts and printed formats are those of WAMR 2.4.5.

${markdownTable([
  ['functions of', 'in all', ...Object.values(stateText)],
  counted(
    'WAMR 2.4.5',
    functions.filter((row) => !later.includes(row.name)),
  ),
  counted('its main branch', functions),
])}

"Yes": it is there and does what it does in WAMR, but for the differences below. "Links": it is there and answers as where there is
nothing, as in a build of WAMR without that part. What is planned, or will not be, is not exported either, so that a program that needs
it fails to link instead of failing later. Every name that a build of WAMR's runtime library defines and that is neither planned nor a
part of the LLVM compiler links.

## Deliberate differences

${renderDifferences(readDifferences(root))}
## Beside the embedding headers

Hosts of WAMR also use functions that its library has and its embedding headers do not declare. These are here too, with headers of
the same names; \`bh_getopt.h\` is the system's \`getopt.h\`, \`platform_api_vmcore.h\`, \`platform_api_extension.h\` and
\`platform_internal.h\` are \`bh_platform.h\`, whose types \`platform_common.h\` has; \`bh_atomic.h\` has macros alone. Tested by
\`test/api/porting.c\`. \`wasm_export_checked.h\` is made of \`wasm_export.h\`, as WAMR's is (\`test/api/checked.c\`); its functions that
give a number say 0 where WAMR's say -2 for each that is not 0.

${renderPorting(readPorting(root))}
## Functions

${renderFunctions(root, functions)}`;
}
