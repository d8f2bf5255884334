/** Typed references to functions at JavaScript's border. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExportedFunction, type Instance, Runtime, UsageError } from '../../lib';
import { assembleLater } from '../assemble_later';

const text = readFileSync(join(__dirname, '../modules/function_references.wat'), 'utf8');

interface Exports {
  increment: ExportedFunction;
  double: ExportedFunction;
  sum: ExportedFunction;
  get: (which: number) => unknown;
  apply: (fn: unknown, value: number) => number;
  apply_any: (fn: unknown, value: number) => number;
  apply_or: (fn: unknown, value: number) => number;
  apply_current: (value: number) => number;
  apply_all: (index: number, value: number) => number;
  apply_picked: (index: number, value: number) => number;
}

describe('typed function references', () => {
  let runtime: Runtime;
  let instance: Instance<Exports>;
  let picked: unknown;

  beforeAll(() => {
    runtime = new Runtime();
    const module = runtime.load(assembleLater(text));
    instance = module.instantiate<Exports>({
      imports: { env: { pick: () => picked } },
    });
  });
  afterAll(() => {
    runtime.close();
  });

  it('are functions that can be passed back', () => {
    const { get, apply, apply_any, apply_or, increment, double } = instance.exports;
    expect(get(2)).toBe(double);
    expect(get(0)).toBeNull();
    expect(apply(increment, 20)).toBe(21);
    expect(apply_any(get(2), 20)).toBe(40);
    expect(apply_or(null, 20)).toBe(-1);
    expect(() => apply_any(null, 1)).toThrow('null reference');
  });

  it('have to be of their type', () => {
    const { apply, apply_any, apply_picked, sum, double } = instance.exports;
    expect(() => apply(null, 1)).toThrow('not of the type that the guest wants');
    expect(() => apply_any(sum, 1)).toThrow('not of the type that the guest wants');
    picked = double;
    expect(apply_picked(0, 4)).toBe(8);
    for (const wrong of [null, sum]) {
      picked = wrong;
      expect(() => apply_picked(0, 4)).toThrow('reference type mismatch');
    }
  });

  it('are in tables and globals', () => {
    const { apply_all, apply_current, double, sum } = instance.exports;
    const all = instance.table('all');
    all.set(1, double);
    expect(apply_all(1, 6)).toBe(12);
    expect(apply_all(0, 6)).toBe(7);
    for (const wrong of [null, sum]) expect(() => all.set(1, wrong)).toThrow(TypeError);
    const current = instance.global('current');
    current.value = double;
    expect(apply_current(6)).toBe(12);
    expect(() => (current.value = null)).toThrow(TypeError);
  });

  it('can be switched off', () => {
    const bytes = assembleLater(text);
    expect(() => runtime.load(bytes, { without: ['functionReferences'] })).toThrow(
      'the module needs typed function references, which are switched off for this load',
    );
    expect(() => runtime.load(bytes, { without: ['references' as never] })).toThrow(UsageError);
  });
});
