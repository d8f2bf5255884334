import { readFunctions, testOf } from './compat';
import { root, staleFiles } from './generate';

test('generated files are what the tables say', () => {
  expect(staleFiles()).toEqual([]);
});

test('every function has a test that names it', () => {
  const untested = readFunctions(root).filter((row) => testOf(root, row) === undefined);
  expect(untested.map((row) => row.name)).toEqual([]);
});

test('what WAMR defines is left out only where there is a reason', () => {
  const reasons = new Set([
    'WAMR declares it and defines it nowhere',
    'defined by the embedder, where WAMR is built to ask for it',
    'belongs to the separate AOT compiler library, not to a runtime',
  ]);
  const rows = readFunctions(root).filter((row) => row.state === 'Never');
  expect(rows.filter((row) => !reasons.has(row.note)).map((row) => row.name)).toEqual([]);
});
