/**
 * Random valid function bodies. What a body computes is determined: floating-point results whose
 * NaN bits an engine may choose are not looked at where bits show, and everything ends by itself.
 */
import {
  codeOf,
  kinds,
  loads,
  operations,
  range,
  stores,
  trapping,
  type Kind,
} from './instructions.js';
import { float32, float64, signed, unsigned } from './wasm_writer.js';

export interface Signature {
  params: Kind[];
  results: Kind[];
}

export interface Scope {
  /** Functions that may be called by their index. */
  callees: { index: number; type: number }[];
  types: Signature[];
  globals: Kind[];
  /** Types before this one are functions'; the others are of blocks alone. */
  functionTypes: number;
  /** Index of the mutable i32 that functions and loops count down. */
  budget: number;
}

/** A small generator of numbers that is the same everywhere. */
export class Random {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  below(limit: number): number {
    return this.next() % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return at(items, this.below(items.length));
  }

  many<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

const integers = [0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 33, 255, 256, 32767, -32768, 65535, 2147483647, -2147483648]; // prettier-ignore
const floats32 = [0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fa00001, 0xffc12345, 1, 0x4f000000, 0x40490fdb, 0x7f7fffff]; // prettier-ignore
const floats64 = [0n, 1n << 63n, 0x3ff0000000000000n, 0xbff0000000000000n, 0x7ff0000000000000n, 0x7ff8000000000000n, 0x7ff4000000000001n, 0xfff8123456789abcn, 1n, 0x41e0000000000000n, 0x400921fb54442d18n, 0x43e0000000000000n]; // prettier-ignore

/** An element that is there. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

/** Whether a value of one kind may be used as another. */
function serves(kind: Kind, as: Kind): boolean {
  return kind === as || kind === `${as}bits`;
}

interface Label {
  types: Kind[];
}

/** Of the header of a counting loop, which only its own end branches to. */
const nobody: Kind[] = ['i32', 'i32', 'i32', 'i32'];

export class Body {
  private readonly code: number[] = [];
  private readonly locals: Kind[];
  /** Locals that count loops: only their loop writes them. */
  private readonly counters: number[] = [];
  private readonly firstLocal: number;
  private readonly labels: Label[] = [];
  private stack: Kind[] = [];
  private steps: number;

  constructor(
    private readonly random: Random,
    private readonly scope: Scope,
    private readonly signature: Signature,
    size: number,
  ) {
    this.steps = size;
    this.firstLocal = signature.params.length;
    const own = random.many(random.chance(10) ? 40 : 8, () => random.pick(kinds));
    this.locals = [...signature.params, 'i32', 'i64', 'f32bits', 'f64bits', ...own];
  }

  /** The function as the code section wants it. */
  make(): number[] {
    this.pay();
    this.labels.push({ types: this.signature.results });
    this.block(this.signature.results, 0);
    const own = this.locals.slice(this.firstLocal);
    const declared = own.map((kind) => [1, codeOf[kind]]);
    const bytes = [...unsigned(declared.length), ...declared.flat(), ...this.code, 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  }

  private emit(...bytes: number[]): void {
    this.code.push(...bytes);
  }

  private localsOf(kind: Kind, write: boolean): number[] {
    return range(0, this.locals.length - 1).filter((i) => {
      const local = at(this.locals, i);
      return write ? serves(kind, local) && !this.counters.includes(i) : serves(local, kind);
    });
  }

  /** Statements until the budget of this block is used up; then `results` stand on the stack. */
  private block(results: Kind[], floor: number): void {
    let steps = 1 + this.random.below(9);
    let open = true;
    while (open && steps-- > 0 && this.steps-- > 0) open = this.statement(floor);
    if (open) this.shape(results, floor);
    else this.deadCode();
  }

  /** Behind what never returns anything may stand. */
  private deadCode(): void {
    if (this.random.chance(30)) this.emit(0x6a, 0x1a);
    if (this.random.chance(20)) this.emit(0x02, 0x40, 0x41, 1, 0x0d, 0, 0x0b);
    this.emit(0x00);
  }

  /** Makes the operands above `floor` exactly `results`. */
  private shape(results: Kind[], floor: number): void {
    const have = this.stack.slice(floor);
    const fits = have.length === results.length && results.every((r, i) => serves(at(have, i), r));
    if (!fits) {
      while (this.stack.length > floor) this.drop();
      for (const kind of results) this.value(kind, 2);
    }
    this.stack.length = floor;
    this.stack.push(...results);
  }

  private drop(): void {
    const kind = at(this.stack.splice(-1), 0);
    const targets = this.random.chance(50) ? this.localsOf(kind, true) : [];
    if (targets.length === 0) this.emit(0x1a);
    else this.emit(0x21, ...unsigned(this.random.pick(targets)));
  }

  /** The topmost operands become `wanted`: those that are there, if they fit, else new ones. */
  private operands(wanted: Kind[], floor: number): void {
    const first = this.stack.length - wanted.length;
    const fits =
      first >= floor && wanted.every((kind, i) => serves(at(this.stack, first + i), kind));
    if (fits && this.random.chance(80)) {
      this.stack.length = first;
    } else {
      for (const kind of wanted) this.value(kind, 2);
      this.stack.length -= wanted.length;
    }
    this.stack.push(...wanted);
  }

  private constant(kind: Kind): void {
    const { random } = this;
    if (kind === 'i32') {
      this.emit(0x41, ...signed(random.chance(80) ? random.pick(integers) : random.next() | 0));
    } else if (kind === 'i64') {
      const wide = (BigInt(random.next()) << 32n) | BigInt(random.next());
      const value = random.chance(70) ? BigInt(random.pick(integers)) : BigInt.asIntN(64, wide);
      this.emit(0x42, ...signed(value));
    } else if (kind === 'f32' || kind === 'f32bits') {
      this.emit(0x43, ...float32(random.pick(floats32)));
    } else {
      this.emit(0x44, ...float64(random.pick(floats64)));
    }
  }

  /** Pushes a value made by an expression of at most that depth. */
  private value(kind: Kind, depth: number): void {
    const { random } = this;
    const choice = random.below(100);
    const operation = operations.filter(({ to }) => serves(to, kind));
    if (depth > 0 && choice < 40 && operation.length > 0) {
      const { code, from } = random.pick(operation);
      for (const operand of from) this.value(operand, depth - 1);
      this.emit(...code);
      this.stack.length -= from.length;
    } else if (depth > 0 && choice < 50) {
      const candidates = loads.filter(([, result]) => serves(result, kind));
      const [code] = random.pick(candidates);
      this.address();
      this.emit(code, ...this.immediate());
      this.stack.pop();
    } else if (choice < 58) {
      const globals = range(0, this.scope.globals.length - 1).filter(
        (i) => i !== this.scope.budget && serves(at(this.scope.globals, i), kind),
      );
      if (globals.length > 0) this.emit(0x23, ...unsigned(random.pick(globals)));
      else this.constant(kind);
    } else if (choice < 88 && this.localsOf(kind, false).length > 0) {
      this.emit(0x20, ...unsigned(random.pick(this.localsOf(kind, false))));
    } else {
      this.constant(kind);
    }
    this.stack.push(kind);
  }

  private immediate(): number[] {
    const { random } = this;
    const offset = random.chance(97) ? random.below(random.chance(50) ? 8 : 4096) : random.next();
    return [0, ...unsigned(offset)];
  }

  /** An address, mostly inside of memory, in the forms that engines like. */
  private address(): void {
    const { random } = this;
    const small = (mask: number): void => {
      this.value('i32', 1);
      this.emit(0x41, ...signed(mask), 0x71);
      this.stack.pop();
    };
    const form = random.below(100);
    if (form < 3) {
      this.value('i32', 1);
      return;
    }
    if (form < 30) {
      small(0xfff);
    } else if (form < 45) {
      small(0xfff);
      this.emit(0x41, ...signed(random.below(4096)), 0x6a);
    } else if (form < 60) {
      small(0xfff);
      small(0x3ff);
      this.emit(0x41, ...signed(random.below(4)), 0x74, 0x6a);
    } else if (form < 75) {
      small(0xfff);
      this.emit(0x41, random.below(4), 0x74);
      if (random.chance(50)) this.emit(0x41, ...signed(random.below(4096)), 0x6a);
    } else if (form < 85) {
      small(0xfff);
      small(0xfff);
      this.emit(0x6a);
    } else {
      const local = random.pick(this.localsOf('i32', false));
      this.emit(0x20, ...unsigned(local), 0x41, ...signed(0x1fff), 0x71);
      if (random.chance(30) && this.localsOf('i32', true).includes(local)) {
        this.emit(0x22, ...unsigned(local));
      }
    }
    this.stack.push('i32');
  }

  private depthsFor(fits: (types: Kind[]) => boolean): number[] {
    return range(0, this.labels.length - 1).filter((depth) =>
      fits(at(this.labels, this.labels.length - 1 - depth).types),
    );
  }

  private blockType({ params, results }: Signature): number[] {
    const found = this.scope.types.findIndex(
      (type) => type.params.join() === params.join() && type.results.join() === results.join(),
    );
    return signed(found);
  }

  /** One statement. False: control does not come out of it. */
  private statement(floor: number): boolean {
    const { random } = this;
    const choice = random.below(100);
    if (choice < 24) this.value(random.pick(kinds), 3);
    else if (choice < 42) this.setLocal(floor);
    else if (choice < 52) this.store();
    else if (choice < 58) this.calculate(floor);
    else if (choice < 62) this.setGlobal(floor);
    else if (choice < 66) this.select(floor);
    else if (choice < 78) this.nested(floor);
    else if (choice < 84) this.branchIf(floor);
    else if (choice < 90) this.call(floor);
    else if (choice < 94) this.countingLoop();
    else if (choice < 95) this.bulk();
    else if (choice < 97) this.increment();
    else if (choice < 99) this.copies();
    else return this.leave(floor);
    return true;
  }

  private setLocal(floor: number): void {
    const top = this.stack.length > floor && this.random.chance(50);
    const kind = top ? at(this.stack, this.stack.length - 1) : this.random.pick(kinds);
    const targets = this.localsOf(kind, true);
    if (targets.length === 0) return;
    if (!top) this.value(kind, 3);
    const tee = this.random.chance(30);
    this.emit(tee ? 0x22 : 0x21, ...unsigned(this.random.pick(targets)));
    if (!tee) this.stack.pop();
  }

  private store(): void {
    const [code, kind] = this.random.pick(stores);
    this.address();
    this.value(kind, 2);
    this.emit(code, ...this.immediate());
    this.stack.length -= 2;
  }

  private calculate(floor: number): void {
    const { code, from, to } = this.random.pick(this.random.chance(10) ? trapping : operations);
    this.operands(from, floor);
    this.emit(...code);
    this.stack.length -= from.length;
    this.stack.push(to);
  }

  private setGlobal(floor: number): void {
    const index = this.random.below(this.scope.globals.length);
    if (index === this.scope.budget) return;
    this.operands([at(this.scope.globals, index)], floor);
    this.emit(0x24, ...unsigned(index));
    this.stack.pop();
  }

  private select(floor: number): void {
    const kind = this.random.pick(kinds);
    this.operands([kind, kind, 'i32'], floor);
    this.emit(0x1b);
    this.stack.length -= 2;
  }

  /** x += constant, by itself or with its old value kept. */
  private increment(): void {
    const local = this.random.pick(this.localsOf('i32', true));
    if (this.random.chance(50)) {
      this.emit(0x20, ...unsigned(local));
      this.stack.push('i32');
    }
    const step = this.random.pick(integers);
    this.emit(0x20, ...unsigned(local), 0x41, ...signed(step), 0x6a, 0x21, ...unsigned(local));
  }

  /** Locals copied to locals, perhaps then counted up from the copy. */
  private copies(): void {
    const { random } = this;
    for (let count = 1 + random.below(3); count > 0; count--) {
      const kind = random.pick(this.locals);
      const from = unsigned(random.pick(this.localsOf(kind, false)));
      const targets = this.localsOf(kind, true);
      if (targets.length === 0) continue;
      const to = unsigned(random.pick(targets));
      this.emit(0x20, ...from, 0x21, ...to);
      if (kind !== 'i32' || !this.localsOf('i32', true).includes(at(from, 0))) continue;
      if (random.chance(50)) this.emit(0x20, ...to, 0x41, 1, 0x6a, 0x21, ...from);
    }
  }

  /** The end of a loop that is left in its middle and else begins again. */
  private again(params: Kind[], floor: number): void {
    this.value('i32', 2);
    this.stack.pop();
    this.emit(0x04, 0x40);
    this.labels.push({ types: [] });
    const kept = this.stack.length;
    this.leave(kept);
    this.deadCode();
    this.emit(0x0b);
    this.labels.pop();
    this.stack.length = kept;
    this.operands(params, floor);
    this.emit(0x0c, 0);
  }

  private nested(floor: number): void {
    if (this.labels.length > 6) return;
    const { random } = this;
    const type = random.pick(this.scope.types);
    const form = random.below(3);
    this.operands(type.params, floor);
    if (form === 2) {
      this.value('i32', 2);
      this.stack.pop();
    }
    const inner = this.stack.length - type.params.length;
    this.emit(at([0x02, 0x03, 0x04], form), ...this.blockType(type));
    this.labels.push({ types: form === 1 ? type.params : type.results });
    if (form === 1) this.pay();
    if (form === 1 && random.chance(40)) {
      let open = true;
      for (let n = random.below(4); open && n > 0; n--) open = this.statement(inner);
      if (open) this.again(type.params, inner);
      else this.deadCode();
    } else {
      this.block(type.results, inner);
    }
    const plain = type.params.join() === type.results.join();
    if (form === 2 && (!plain || random.chance(60))) {
      this.emit(0x05);
      this.stack.length = inner;
      this.stack.push(...type.params);
      this.block(type.results, inner);
    }
    this.emit(0x0b);
    this.labels.pop();
    this.stack.length = inner;
    this.stack.push(...type.results);
    if (type.results.length === 1 && random.chance(40)) this.drop();
  }

  /** Calls and loops count the budget down; at its end is a trap. */
  private pay(): void {
    const budget = unsigned(this.scope.budget);
    this.emit(0x23, ...budget, 0x41, 1, 0x6b, 0x24, ...budget);
    this.emit(0x23, ...budget, 0x41, 0, 0x48, 0x04, 0x40, 0x00, 0x0b);
  }

  /** for (i = 0; i < n; i++) in one of the forms that compilers make. */
  private countingLoop(): void {
    const { random } = this;
    const free = this.localsOf('i32', true).filter((i) => this.locals[i] === 'i32');
    if (free.length < 2 || this.labels.length > 5) return;
    const counter = random.pick(free);
    const rounds = 1 + random.below(5);
    this.counters.push(counter);
    const local = unsigned(counter);
    const inner = this.stack.length;
    this.emit(0x41, 0, 0x21, ...local);
    if (random.chance(50)) {
      this.emit(0x03, 0x40);
      this.labels.push({ types: nobody });
      this.block([], inner);
      this.labels.pop();
      this.emit(0x20, ...local, 0x41, 1, 0x6a);
      this.emit(...(random.chance(50) ? [0x22, ...local] : [0x21, ...local, 0x20, ...local]));
      this.emit(0x41, rounds, random.pick([0x47, 0x48, 0x49]), 0x0d, 0, 0x0b);
    } else {
      this.emit(0x02, 0x40, 0x03, 0x40, 0x20, ...local, 0x41, rounds);
      this.emit(random.pick([0x4e, 0x4f, 0x46]), 0x0d, 1);
      this.labels.push({ types: [] }, { types: nobody });
      this.block([], inner);
      this.labels.length -= 2;
      this.emit(0x20, ...local, 0x41, 1, 0x6a, 0x21, ...local, 0x0c, 0, 0x0b, 0x0b);
    }
    this.counters.pop();
    this.stack.length = inner;
  }

  private branchIf(floor: number): void {
    const depths = this.depthsFor((types) => types.length < 4);
    if (depths.length === 0) return;
    const depth = this.random.pick(depths);
    const { types } = at(this.labels, this.labels.length - 1 - depth);
    this.operands(types, floor);
    this.value('i32', 2);
    this.stack.pop();
    this.emit(0x0d, ...unsigned(depth));
  }

  private call(floor: number): void {
    const { random, scope } = this;
    const callee = scope.callees.length === 0 ? undefined : random.pick(scope.callees);
    const indirect = callee === undefined || random.chance(35);
    const type = indirect ? random.below(scope.functionTypes) : callee.type;
    const { params, results } = at(scope.types, type);
    this.operands(params, floor);
    if (indirect) {
      this.value('i32', 1);
      this.emit(0x41, 7, 0x71, 0x11, ...unsigned(type), 0);
      this.stack.pop();
    } else {
      this.emit(0x10, ...unsigned(callee.index));
    }
    this.stack.length -= params.length;
    this.stack.push(...results);
  }

  private bulk(): void {
    const { random } = this;
    const form = random.below(5);
    if (form === 0) {
      this.emit(0x41, random.chance(30) ? 1 : 0, 0x40, 0, 0x1a);
    } else if (form === 1) {
      this.emit(0x3f, 0);
      this.stack.push('i32');
    } else if (form === 2) {
      this.address();
      this.value('i32', 1);
      this.emit(0x41, ...signed(random.below(100)), 0xfc, 11, 0);
      this.stack.length -= 2;
    } else if (form === 3) {
      this.address();
      this.address();
      this.emit(0x41, ...signed(random.below(100)), 0xfc, 10, 0, 0);
      this.stack.length -= 2;
    } else {
      this.address();
      this.emit(0x41, random.below(4), 0x41, random.below(4), 0xfc, 8, 0, 0);
      this.stack.pop();
    }
  }

  /** br, br_table, return, unreachable. */
  private leave(floor: number): boolean {
    const { random } = this;
    const form = random.below(8);
    const depths = this.depthsFor((types) => types.length < 4);
    if (form === 0) {
      this.emit(0x00);
    } else if (form < 3 || depths.length === 0) {
      this.operands(this.signature.results, floor);
      this.emit(0x0f);
    } else {
      const depth = random.pick(depths);
      const { types } = at(this.labels, this.labels.length - 1 - depth);
      this.operands(types, floor);
      if (form < 5) {
        this.emit(0x0c, ...unsigned(depth));
      } else {
        const codes = types.map((kind) => kind).join();
        const same = this.depthsFor((others) => others.join() === codes);
        const targets = [...random.many(5, () => random.pick(same)), depth];
        this.value('i32', 1);
        if (random.chance(50)) this.emit(0x41, 7, 0x71);
        this.stack.pop();
        this.emit(0x0e, ...unsigned(targets.length - 1), ...targets.flatMap(unsigned));
      }
    }
    return false;
  }
}
