/** What TypeScript's compiler says of a user's files, which are there only for it. */
import { basename, join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../..');
/** Where the files seem to be. */
const folder = join(__dirname, 'types');

/** How users have the compiler set up. */
export const userOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  strict: true,
  noEmit: true,
};
const options = { ...userOptions, paths: { wembed: [join(root, 'lib/index.ts')] } };

export interface Complaint {
  readonly file: string;
  /** From 0. */
  readonly line: number;
  readonly text: string;
}

/** What is wrong in files by their names; a text of undefined: the file is in test/node/types. */
export function complaintsOf(files: Readonly<Record<string, string | undefined>>): Complaint[] {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(folder, name), text]));
  const host = ts.createCompilerHost(options);
  const real = { ...host };
  host.readFile = (name) => texts.get(resolve(name)) ?? real.readFile(name);
  host.fileExists = (name) => texts.has(resolve(name)) || real.fileExists(name);
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((name) => {
    const file = program.getSourceFile(name);
    const found = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ];
    return found.map(({ file: at, start, messageText }) => ({
      file: basename(name),
      line: at?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0,
      text: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }));
  });
}

/** A line of a user's, and whether the compiler has to let it through. */
export type Judged = readonly [good: boolean, line: string];

/**
 * The lines that the compiler takes for something else, each after `head`, and whatever else is
 * wrong: of `head`, or of the declarations, which are `./app`.
 */
export function misjudged(declarations: string, head: string, lines: readonly Judged[]): string[] {
  const body = lines.map(([, line]) => `{ ${line} }\n`).join('');
  const found = complaintsOf({ 'app.d.ts': declarations, 'user.ts': `${head}${body}` });
  const first = head.split('\n').length - 1;
  const judged = ({ file, line }: Complaint): Judged | undefined =>
    file === 'user.ts' ? lines[line - first] : undefined;
  const refused = new Set(found.map(judged));
  return [
    ...found
      .filter((each) => judged(each)?.[0] !== false)
      .map(({ file, line, text }) => `${file}:${line + 1}: ${text}`),
    ...lines
      .filter((each) => !each[0] && !refused.has(each))
      .map(([, line]) => `not refused: ${line}`),
  ];
}
