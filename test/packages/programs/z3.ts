/** A solver that computes in threads, in workers. */
import { required, tell } from '../program.js';

interface Number {
  add(other: unknown): Number;
  mul(other: unknown): Number;
  gt(other: unknown): unknown;
  lt(other: unknown): unknown;
  eq(other: unknown): unknown;
}
interface Solver {
  add(...terms: unknown[]): void;
  check(): Promise<string>;
  model(): { eval(term: unknown): { toString(): string } };
}
interface Context {
  readonly Solver: new () => Solver;
  readonly Int: { const(name: string): Number };
  readonly BitVec: {
    const(name: string, bits: number): Number;
    val(value: number, bits: number): Number;
  };
  Distinct(...terms: unknown[]): unknown;
  Or(...terms: unknown[]): unknown;
}
interface Package {
  init(): Promise<{ Context: (name: string) => Context }>;
}

export async function run(): Promise<void> {
  const { Context } = await required<Package>('z3-solver').init();
  const { Solver, Int, BitVec } = Context('main');
  const [x, y] = [Int.const('x'), Int.const('y')];
  const solver = new Solver();
  solver.add(x.gt(2), y.lt(10), x.add(y.mul(2)).eq(17), x.mul(y).eq(35));
  tell('integers', await solver.check());
  tell('x', solver.model().eval(x).toString());
  tell('y', solver.model().eval(y).toString());
  const b = BitVec.const('b', 32);
  const bits = new Solver();
  bits.add(b.mul(b).eq(BitVec.val(0x10201, 32)));
  tell('bits', await bits.check());
  const none = new Solver();
  none.add(x.gt(5), x.lt(5));
  tell('none', await none.check());
}
