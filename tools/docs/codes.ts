/**
 * The tables of docs/guides/errors.md, from the lists that the code is made of.
 *   tsx tools/docs/codes.ts [--check]
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { markdownTable, withTables } from './markdown_table.js';

const root = resolve(__dirname, '../..');
const page = join(root, 'docs/guides/errors.md');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Row {
  code: string;
  text: string;
}

function rowsOf(path: string): Row[] {
  return [...textOf(path).matchAll(/^[A-Z]+\((\w+), "([^"]*)"\)/gm)].map(
    ([, code = '', text = '']) => ({ code, text }),
  );
}

const classes: Record<string, string> = {
  COMPILE: 'CompileError',
  LINK: 'LinkError',
  TRAP: 'Trap',
  RESOURCE: 'ResourceError',
  USAGE: 'UsageError',
};

/** The kind of each error, as the C API's own function has it. */
function kinds(): (code: string) => string {
  const [, body = ''] =
    /wembed_error_kind_t kind_of\(Error error\) \{([^]*?)\n\}/.exec(
      textOf('native/capi/wembed_error.cpp'),
    ) ?? [];
  const known = new Map<string, string>();
  const waiting: string[] = [];
  for (const [, code, kind] of body.matchAll(/case Error::(\w+):|return WEMBED_ERROR_(\w+);/g)) {
    if (code !== undefined) waiting.push(code);
    for (const name of kind === undefined ? [] : waiting.splice(0)) known.set(name, kind ?? '');
  }
  if (known.size === 0) throw new Error('wembed_error.cpp has no kind_of');
  return (code) => known.get(code) ?? 'COMPILE';
}

/** What lib/ throws by itself: `new ResourceError(text, { code: 'WaitTimeout' })`. */
function ownCodes(native: Set<string>): Row[] {
  const found = new Map<string, string>();
  for (const entry of readdirSync(join(root, 'lib'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, kind = '', code = ''] of text.matchAll(
      /new (\w+Error)\((?:[^;{}]|\{[^{}]*\}(?!\)))*?\{ code: '(\w+)' \}/g,
    )) {
      if (!native.has(code)) found.set(code, kind);
    }
    if (text.includes("super(message, { code: 'Usage' }")) found.set('Usage', 'UsageError');
    const [, fixed] = /readonly code = '(\w+)'/.exec(text) ?? [];
    if (fixed !== undefined) found.set(fixed, 'Error');
  }
  return [...found].sort().map(([code, text]) => ({ code, text }));
}

/** The page with its tables as they have to be. */
export function renderErrors(): string {
  const traps = rowsOf('native/base/trap.def');
  const errors = rowsOf('native/base/error.def');
  const kindOf = kinds();
  const native = new Set([...traps, ...errors].map(({ code }) => code));
  const tables: Record<string, string> = {
    traps: markdownTable([
      ['`code`', 'text'],
      ...traps.map(({ code, text }) => [`\`${code}\``, text]),
    ]),
    errors: markdownTable([
      ['`code`', 'class', '`kind` in C', 'text'],
      ...errors.map(({ code, text }) => [
        `\`${code}\``,
        `\`${classes[kindOf(code)] ?? ''}\``,
        `\`WEMBED_ERROR_${kindOf(code)}\``,
        text.replaceAll('`', "'"),
      ]),
    ]),
    own: markdownTable([
      ['`code`', 'class'],
      ...ownCodes(native).map(({ code, text }) => [`\`${code}\``, `\`${text}\``]),
    ]),
  };
  return withTables(readFileSync(page, 'utf8'), tables);
}

if (require.main === module) {
  const wanted = renderErrors();
  if (!process.argv.includes('--check')) writeFileSync(page, wanted);
  else if (readFileSync(page, 'utf8') !== wanted) {
    console.error('out of date: docs/guides/errors.md (run tsx tools/docs/codes.ts)');
    process.exitCode = 1;
  }
}
