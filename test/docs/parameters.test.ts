/** Parameters that are numbers, bytes or texts are spoken of: by their names, or by a word of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { headersOf } from '../../tools/docs/contents';
import { type Group, readHeader } from '../../tools/docs/header';
import { root } from './blocks';

/** `function_index`, `functionIndex`: in full, or by one of its words, in the singular too. */
function isSpokenOf(name: string, said: string): boolean {
  const words = name
    .replace(/[A-Z]/g, '_$&')
    .toLowerCase()
    .split('_')
    .filter((word) => word.length > 2);
  return [name.toLowerCase(), ...words].some((word) => said.includes(word.replace(/s$/, '')));
}

/** Of a parameter that is neither a handle nor a structure; undefined: it is one. */
function plainName(param: string): string | undefined {
  const plain = /^(?:const )?(?:u?int\d+_t|size_t|void\*?|char|bool)\b[ *]*(?:const\*? )?(\w+)$/;
  const name = plain.exec(param.trim())?.[1];
  // What is passed on to a function, which has a comment of its own.
  return name === 'context' ? undefined : name;
}

function gapsOfGroup(header: string, text: string, { comment, code, functions }: Group): string[] {
  const said = [comment, text, ...(code.match(/\/\*[^]*?\*\//g) ?? [])].join(' ').toLowerCase();
  const isAnother = /\b(?:same|as for|as wembed_\w+|as wasm_\w+)\b/.test(said);
  return functions.flatMap(({ name }) => {
    const [, params = ''] = new RegExp(`\\b${name}\\(([^)]*)\\)`).exec(code) ?? [];
    return params
      .split(',')
      .map(plainName)
      .filter((param) => param !== undefined && !isAnother && !isSpokenOf(param, said))
      .map((param) => `${header}: ${name}, ${param ?? ''}`);
  });
}

test('in C', () => {
  const ours = headersOf(root).filter((name) => name.startsWith('wembed'));
  expect(ours.length).toBeGreaterThan(12);
  const gaps = ours.flatMap((header) =>
    readHeader(readFileSync(join(root, 'include', header), 'utf8')).sections.flatMap(
      ({ text, groups }) => groups.flatMap((group) => gapsOfGroup(header, text, group)),
    ),
  );
  expect(gaps).toEqual([]);
});

/** What each file gives to users: `export { Memory, type At } from './guest/memory.js'`. */
function exportsOf(index: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, list = '', file = ''] of index.matchAll(
    /^export (?:type )?\{([^}]*)\} from '\.\/(.*?)\.js'/gm,
  )) {
    const names = list.split(',').map((name) => name.trim().replace(/^type /, ''));
    found.set(`${file}.ts`, new Set(names));
  }
  return found;
}

type Callable =
  ts.FunctionDeclaration | ts.MethodDeclaration | ts.MethodSignature | ts.ConstructorDeclaration;

/** What users call: functions that are exported, and members of what is, by their names. */
function callables(source: ts.SourceFile, exported: ReadonlySet<string>): Map<string, Callable[]> {
  const found = new Map<string, Callable[]>();
  const add = (name: string, item: Callable): void => {
    found.set(name, [...(found.get(name) ?? []), item]);
  };
  for (const item of source.statements) {
    const isFunction = ts.isFunctionDeclaration(item);
    if (!isFunction && !ts.isClassDeclaration(item) && !ts.isInterfaceDeclaration(item)) continue;
    const name = item.name?.text ?? '';
    if (!exported.has(name)) continue;
    if (isFunction) add(name, item);
    else {
      for (const member of item.members) {
        const isConstructor = ts.isConstructorDeclaration(member);
        const isMethod = ts.isMethodDeclaration(member) || ts.isMethodSignature(member);
        if (isConstructor || isMethod) add(`${name}.${member.name?.getText() ?? 'new'}`, member);
      }
    }
  }
  return found;
}

/** Overloads share what is said of one of them. */
function gapsOfOverloads(name: string, overloads: readonly Callable[]): string[] {
  const said = overloads
    .flatMap((item) => ts.getJSDocCommentsAndTags(item))
    .map((each) => each.getText().toLowerCase())
    .join(' ');
  if (said.includes('@internal') || name.includes('.#')) return [];
  const isNumber = ({ type }: ts.ParameterDeclaration): boolean =>
    /\b(?:number|bigint)\b/.test(type?.getText() ?? '');
  const params = overloads.flatMap(({ parameters }) => parameters.filter(isNumber));
  const names = new Set(params.map((param) => param.name.getText()));
  return [...names].filter((each) => !isSpokenOf(each, said)).map((each) => `${name}, ${each}`);
}

test('in TypeScript', () => {
  const files = exportsOf(readFileSync(join(root, 'lib/index.ts'), 'utf8'));
  expect(files.size).toBeGreaterThan(20);
  const gaps = [...files].flatMap(([name, exported]) => {
    const text = readFileSync(join(root, 'lib', name), 'utf8');
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
    return [...callables(source, exported)].flatMap(([each, overloads]) =>
      gapsOfOverloads(each, overloads).map((gap) => `lib/${name}: ${gap}`),
    );
  });
  expect(gaps).toEqual([]);
});
