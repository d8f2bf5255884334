/** Scans the imports of lib/ against the rules of who may import whom. */
import { findLibraryProblems, readLibrary } from './library';
import type { SourceFile } from './rules';

const file = (path: string, ...lines: string[]): SourceFile => ({ path, text: lines.join('\n') });

const world = [
  file('lib/index.ts'),
  file('lib/raw/cell.ts'),
  file('lib/base/errors.ts'),
  file('lib/instance/instance.ts'),
];

test('every import in lib keeps the rules', () => {
  const files = readLibrary();
  expect(files.length).toBeGreaterThan(40);
  expect(findLibraryProblems(files)).toEqual([]);
});

test.each([
  [
    'an upper folder',
    file('lib/raw/a.ts', "import { UsageError } from '../base/errors.js';"),
    /raw may not import lib\/base\/errors\.ts/,
  ],
  [
    'an upper folder, for a type alone',
    file('lib/guest/a.ts', "import type { Instance } from '../instance/instance.js';"),
    /guest may not import/,
  ],
  [
    'an import over several lines',
    file('lib/raw/a.ts', 'import {', '  A,', "} from '../base/errors.js';"),
    /may not import/,
  ],
  [
    'what users import, from inside',
    file('lib/host/a.ts', "export * from '../index.js';"),
    /host may not import/,
  ],
  [
    'an import in a type',
    file('lib/raw/a.ts', "type A = import('../base/errors.js').UsageError;"),
    /raw may not import/,
  ],
  [
    'what is said of a class above',
    file('lib/base/a.ts', "declare module '../instance/instance.js' {}"),
    /base may not import/,
  ],
  ['a folder without rules', file('lib/other/a.ts'), /not a known folder/],
  ['a file that does not exist', file('lib/base/a.ts', "import './b.js';"), /does not exist/],
])('notices %s', (_what, source, problem) => {
  const problems = findLibraryProblems([...world, source]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

test('notices a circle of types', () => {
  const problems = findLibraryProblems([
    file('lib/base/a.ts', "import type { B } from './b.js';"),
    file('lib/base/b.ts', "import type { A } from './a.js';"),
  ]);
  expect(problems).toEqual(['circle: lib/base/a.ts -> lib/base/b.ts -> lib/base/a.ts']);
});
