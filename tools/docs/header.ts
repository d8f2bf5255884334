/**
 * The public headers, read for their documentation: sections, and in each the declarations with the
 * comment above them. It knows the style these headers are written in and no other C.
 */

/** What one comment is about: declarations that follow each other without a blank line. */
export interface Group {
  /** The comment's text, paragraphs and all; "" when there is none. */
  comment: string;
  /** The declarations as they stand in the header, comments inside them included. */
  code: string;
  /** What is declared, in order. Names of functions are in `functions` too. */
  names: string[];
  functions: Declared[];
}

/** A function's prototype, taken apart. */
export interface Declared {
  name: string;
  /** What it returns: "bool", "void", "const char*". */
  result: string;
  /** The names of parameters; "" where the header has none. */
  params: string[];
}

export interface Section {
  title: string;
  /** What its banner and comments of their own say. */
  text: string;
  groups: Group[];
}

export interface Header {
  /** The comment at the top. */
  text: string;
  sections: Section[];
}

/** The words of a comment without its frame. */
function textOf(comment: string): string {
  return comment
    .replace(/^\/\*+/, '')
    .replace(/\*+\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*(?: |$)/, '').trimEnd())
    .map((line, i) => (i === 0 ? line.trimStart() : line.replace(/^ {3}(?=\S)/, '')))
    .join('\n')
    .trim();
}

const banner = /^---- (.*?)\s*-*$/;

/** A banner that is drawn to the margin is a title; another may go on with a text behind a colon. */
function titled(line: string, rest: string, isWhole: boolean): Pick<Section, 'title' | 'text'> {
  const colon = line.indexOf(': ');
  if (isWhole || colon < 0) return { title: line.replace(/\.$/, ''), text: rest };
  return { title: line.slice(0, colon), text: `${line.slice(colon + 2)}\n${rest}`.trim() };
}

/** A macro of the header's that declares things. */
interface Macro {
  params: string[];
  body: string;
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[^]*?\*\//g, '');
}

/** What macros that declare things stand for. */
function expand(code: string, macros: Map<string, Macro>): string {
  return code.replace(/\b(WASM_DECLARE_\w+)\(([^()]*)\)/g, (whole, name: string, args: string) => {
    const macro = macros.get(name);
    if (macro === undefined) return whole;
    const values = args.split(',').map((value) => value.trim());
    const body = macro.params.reduce(
      (text, param, i) =>
        text.replaceAll(new RegExp(`(##)?\\b${param}\\b(##)?`, 'g'), () => values[i] ?? ''),
      macro.body,
    );
    return expand(body, macros);
  });
}

/** Attributes and such, which say nothing to a reader. */
const noise = /\b(?:WASM_RUNTIME_API_EXTERN|WASM_API_EXTERN|WASM_API_DEPRECATED) ?/g;

function splitParams(list: string): string[] {
  let depth = 0;
  let param = '';
  const params: string[] = [];
  for (const letter of list) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (letter === ',' && depth === 0) {
      params.push(param);
      param = '';
    } else {
      param += letter;
    }
  }
  return [...params, param].map((text) => text.trim()).filter((text) => !/^(void)?$/.test(text));
}

/** The name in "const char* name[]", "" in "const wasm_val_t*". */
function nameOfParam(param: string): string {
  if (param === '...') return '...';
  const pointer = /\(\*\s*(\w+)\)/.exec(param);
  if (pointer !== null) return pointer[1] ?? '';
  const words = param.replace(/\[[^\]]*\]/g, '').match(/\w+|\*/g) ?? [];
  const last = words.at(-1) ?? '';
  const known = /^(?:int|char|bool|unsigned|size_t|void|float|double|\w+_t|u?int\d+)$/;
  const before = words.slice(0, -1).filter((word) => !/^(?:const|own|struct)$/.test(word));
  return last === '*' || before.length === 0 || known.test(last) ? '' : last;
}

function declaredFunctions(code: string): Declared[] {
  const found: Declared[] = [];
  // Bodies of inline functions and of structures are no places for functions to be declared in.
  const flat = withoutComments(code)
    .replace(/__attribute__\(\(.*?\)\)\)?/g, '')
    .replace(/\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, ';');
  for (const statement of flat.split(';')) {
    const text = statement.replace(noise, '').replace(/\s+/g, ' ').trim();
    if (text.startsWith('typedef') || text.startsWith('#')) continue;
    const match = /^((?:static inline |own )*[\w ]+?[ *]+)(\w+) ?\((.*)\)$/.exec(text);
    if (match === null) continue;
    const [, result = '', name = '', params = ''] = match;
    found.push({
      name,
      result: result.replace(/static inline |own /g, '').trim(),
      params: splitParams(params).map(nameOfParam),
    });
  }
  return found;
}

/** What is declared besides functions. */
function declaredNames(code: string): string[] {
  const flat = withoutComments(code).replace(/\{[^]*?\n\}|\{[^{}]*\}/g, '{}');
  const names: string[] = [];
  for (const statement of flat.split(';')) {
    const text = statement.replace(/\s+/g, ' ').trim();
    const callback = /^typedef .*\(\*(\w+)\) ?\(/.exec(text);
    const type = /^typedef .*\w$/.exec(text);
    const tagged = /^(?:struct|enum) (\w+) \{\}$/.exec(text);
    if (callback !== null) names.push(callback[1] ?? '');
    else if (type !== null) names.push(/(\w+)$/.exec(text)?.[1] ?? '');
    else if (tagged !== null) names.push(tagged[1] ?? '');
    if (/^typedef .*, \*/.test(text)) {
      names.push(...[...text.matchAll(/(\w+),/g)].map((match) => match[1] ?? ''));
    }
  }
  for (const [, name = ''] of code.matchAll(/^#define (\w+)/gm)) names.push(name);
  return names.filter((name) => name !== '');
}

/** Where the declaration that begins at `start` ends: behind its semicolon, or its body. */
function endOfDeclaration(text: string, start: number): number {
  let depth = 0;
  let isBody = false;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      at = text.indexOf('*/', at) + 1;
      continue;
    }
    const letter = text[at];
    if (letter === '{') {
      isBody ||= depth === 0 && /\)\s*$/.test(text.slice(start, at));
      depth++;
    } else if (letter === '}') {
      depth--;
      if (depth === 0 && isBody) return at + 1;
    } else if (letter === ';' && depth === 0) {
      return at + 1;
    } else if (letter === '\n' && depth === 0) {
      // A macro that declares things stands without a semicolon.
      if (/^WASM_DECLARE_\w+\([^()]*\)$/.test(text.slice(start, at).trim())) return at;
    }
  }
  return text.length;
}

/** What a trailing comment of the same line adds. */
function withTrailing(text: string, end: number): number {
  const line = /^[ \t]*\/\*[^]*?\*\//.exec(text.slice(end));
  return line === null || line[0].trimStart().includes('\n\n') ? end : end + line[0].length;
}

export function readHeader(text: string): Header {
  const header: Header = { text: '', sections: [] };
  const macros = new Map<string, Macro>();
  let section: Section = { title: '', text: '', groups: [] };
  header.sections.push(section);
  let comment: string | undefined;
  let group: Group | undefined;

  const add = (code: string): void => {
    group ??= { comment: comment ?? '', code: '', names: [], functions: [] };
    if (!section.groups.includes(group)) section.groups.push(group);
    const shown = code.replace(noise, '').replace(/^ {2}(?=\S)/gm, '  ');
    group.code += `${group.code === '' ? '' : '\n'}${shown}`;
    const expanded = expand(code, macros);
    const functions = declaredFunctions(expanded);
    group.functions.push(...functions);
    group.names.push(...declaredNames(expanded), ...functions.map(({ name }) => name));
    comment = undefined;
  };

  let at = 0;
  let isFirst = true;
  while (at < text.length) {
    const blank = /^\s+/.exec(text.slice(at))?.[0] ?? '';
    at += blank.length;
    if (at >= text.length) break;
    const newlines = blank.split('\n').length - 1;
    if (newlines > 1) {
      group = undefined;
      if (comment !== undefined && comment !== '') {
        section.text += `${section.text === '' ? '' : '\n\n'}${comment}`; // about all that follows
        comment = undefined;
      }
    }
    if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at) + 2;
      const words = textOf(text.slice(at, end));
      at = end;
      group = undefined;
      const [first = '', ...rest] = words.split('\n');
      const title = banner.exec(first)?.[1];
      if (isFirst) header.text = words;
      else if (title !== undefined) {
        section = { ...titled(title, rest.join('\n').trim(), first.endsWith('-')), groups: [] };
        header.sections.push(section);
      } else if (!words.startsWith('clang-format')) comment = words;
      isFirst = false;
      continue;
    }
    if (text[at] === '#') {
      const line = /^(?:[^\n]*\\\n)*[^\n]*/.exec(text.slice(at))?.[0] ?? '';
      at += line.length;
      const macro = /^#define (\w+)\(([^)]*)\)[ \\\n]*([^]*)$/.exec(line);
      if (macro?.[1]?.startsWith('WASM_DECLARE_') === true) {
        const params = (macro[2] ?? '').split(',').map((param) => param.trim());
        macros.set(macro[1], { params, body: (macro[3] ?? '').replace(/\\\n/g, '\n') });
        if (comment !== undefined) add(line);
        group = undefined;
      } else if (
        /^#define (?!_|own$|WASM_\w*(?:EXTERN|DEPRECATED|DEFINED|_H$)|\w+_(?:H|DEFINED)$)\w+./.test(
          line,
        )
      ) {
        add(line);
      }
      continue;
    }
    if (text.startsWith('extern "C"', at) || text[at] === '}') {
      at += /^[^\n]*/.exec(text.slice(at))?.[0].length ?? 0;
      continue;
    }
    const end = withTrailing(text, endOfDeclaration(text, at));
    add(text.slice(at, end));
    at = end;
  }
  header.sections = header.sections.filter(
    ({ groups, text: own }) => groups.length > 0 || own !== '',
  );
  return header;
}
