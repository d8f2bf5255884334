import { Runtime } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "lane") (param i32) (result i32)
    (i32x4.extract_lane 3 (i32x4.splat (local.get 0)))))`;

interface Functions {
  add(a: number, b: number): number;
  lane(value: number): number;
}

test('the report tells what became machine code, and what did not and why', async () => {
  const runtime = new Runtime({ tier: 'first_call' });
  const before = runtime.tierReport;
  const instance = runtime.load(await assemble(text)).instantiate<Functions>();
  expect(instance.exports.add(20, 22)).toBe(42);
  expect(instance.exports.lane(7)).toBe(7);
  const after = runtime.tierReport;
  expect(after.wish).toBe('first_call');
  const made = after.taken === 'first_call' ? 1 : 0;
  expect(after.reason === '').toBe(made === 1);
  expect(after.functions - before.functions).toBe(made);
  expect(after.refused - before.refused).toBe(made);
  expect((after.refusals['vectors'] ?? 0) - (before.refusals['vectors'] ?? 0)).toBe(made);
});

test('nothing becomes machine code where it is not wanted', async () => {
  const runtime = new Runtime({ tier: 'off' });
  const before = runtime.tierReport.functions;
  const instance = runtime.load(await assemble(text)).instantiate<Functions>();
  for (let i = 0; i < 1000; i++) instance.exports.add(i, 1);
  expect(runtime.tierReport).toMatchObject({ wish: 'off', taken: 'off', functions: before });
});
