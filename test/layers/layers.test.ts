/** Scans the #include lines of all C and C++ sources against the rules of who may include whom. */
import { findProblems, readSourceList, readSources, type SourceFile } from './rules';

const file = (path: string, ...includes: string[]): SourceFile => ({
  path,
  text: includes.map((name) => `#include ${name}`).join('\n'),
});

/** Files that exist in the cases below. */
const world = [
  file('native/base/b.h'),
  file('native/isa/types.h'),
  file('native/module/module.h'),
  file('native/runtime/store.h'),
  file('native/interp/run.h'),
  file('native/addon/handle.h'),
  file('include/wasm_export.h'),
];

test('every include in the tree keeps the rules', () => {
  const sources = readSources();
  expect(sources.length).toBeGreaterThan(0);
  expect(findProblems(sources)).toEqual([]);
});

test('every source file is in the source list, and nothing else', () => {
  const listed = readSourceList();
  const present = readSources()
    .map((source) => source.path)
    .filter((path) => path.endsWith('.cpp'));
  expect([...listed].sort()).toEqual(present.sort());
});

test.each([
  ['an upper layer', file('native/base/a.h', '"runtime/store.h"'), /may not include runtime/],
  ['a tier, from runtime', file('native/runtime/a.h', '"interp/run.h"'), /may not include interp/],
  [
    'memory, which knows nothing of modules',
    file('native/memory/a.cpp', '"module/module.h"'),
    /may not/,
  ],
  ['an OS header outside platform', file('native/runtime/a.cpp', '<sys/mman.h>'), /OS header/],
  ['napi outside the addon', file('native/capi/a.cpp', '<napi.h>'), /only in native\/addon/],
  [
    'what older standard libraries lack',
    { path: 'native/base/a.cpp', text: 'bool all = std::ranges::all_of(list, good);\n' },
    /std::ranges/,
  ],
  ['C++ internals from the addon', file('native/addon/a.cpp', '"runtime/store.h"'), /may not/],
  ['C++ in a public header', file('include/wembed.h', '<vector>'), /C standard header/],
  ['public headers below capi', file('native/runtime/a.cpp', '"wasm_export.h"'), /may not/],
  [
    'a path from the including file',
    file('native/base/a.cpp', '"../isa/types.h"'),
    /native\/ as root/,
  ],
  ['a file that does not exist', file('native/base/a.cpp', '"base/no_such.h"'), /does not exist/],
])('notices %s', (_what, source, problem) => {
  const problems = findProblems([...world, source]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

test('notices a circle between files', () => {
  const problems = findProblems([
    file('native/base/a.h', '"base/b.h"'),
    file('native/base/b.h', '"base/a.h"'),
  ]);
  expect(problems).toEqual(['circle: native/base/a.h -> native/base/b.h -> native/base/a.h']);
});

test('accepts what the rules allow', () => {
  const allowed = [
    file('native/capi/a.cpp', '"wasm_export.h"', '"runtime/store.h"', '<cstring>', '<span>'),
    file('native/runtime/a.h', '"base/b.h"', '<atomic>'),
    file('native/base/a.h', '<stdint.h>'),
    file('native/platform/posix/a.cpp', '<sys/mman.h>', '"base/b.h"'),
    file('native/addon/a.cpp', '<napi.h>', '"wasm_export.h"', '"addon/handle.h"'),
    file('include/lib_export.h', '<stdint.h>', '"wasm_export.h"'),
  ];
  expect(findProblems([...world, ...allowed])).toEqual([]);
});
