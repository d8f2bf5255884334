import { staleFiles } from './generate';

test('generated files are what the tables say', () => {
  expect(staleFiles()).toEqual([]);
});
