/** The values of random function bodies: constants, locals, globals, memory, and what is made of them. */
import { kinds, loads, operations, range, type Kind } from './instructions.js';
import type { Later } from './random_later.js';
import { float32, float64, signed, unsigned } from './wasm_writer.js';

export interface Signature {
  params: Kind[];
  results: Kind[];
}

/** What a global has: a number, or any object. */
export type Held = Kind | 'object';

export interface Scope {
  later: Later;
  /** Functions that may be called by their index. */
  callees: { index: number; type: number }[];
  types: Signature[];
  globals: Held[];
  /** Types before this one are functions'; the others are of blocks alone. */
  functionTypes: number;
  /** Index of the mutable i32 that functions and loops count down. */
  budget: number;
  /** Functions whose references may be taken. */
  referable: number[];
  /** The types of the table's elements, as it begins. */
  elements: number[];
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

export const integers = [0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 33, 255, 256, 32767, 32768, -32768, -32769, 65535, 2147483647, -2147483648]; // prettier-ignore
const floats32 = [0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fa00001, 0xffc12345, 1, 0x4f000000, 0x40490fdb, 0x7f7fffff]; // prettier-ignore
const floats64 = [0n, 1n << 63n, 0x3ff0000000000000n, 0xbff0000000000000n, 0x7ff0000000000000n, 0x7ff8000000000000n, 0x7ff4000000000001n, 0xfff8123456789abcn, 1n, 0x41e0000000000000n, 0x400921fb54442d18n, 0x43e0000000000000n]; // prettier-ignore

/** An element that is there. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

/** Whether a value of one kind may be used as another. */
export function serves(kind: Held, as: Kind): boolean {
  return kind === as || kind === `${as}bits`;
}

/** Code that is being written, and the operand stack at its end. */
export class Values {
  protected readonly code: number[] = [];
  protected readonly locals: Kind[];
  /** Locals of type funcref, behind the others. */
  protected readonly references: number[];
  /** Locals that count loops: only their loop writes them. */
  protected readonly counters: number[] = [];
  protected stack: Kind[] = [];

  constructor(
    protected readonly random: Random,
    protected readonly scope: Scope,
    protected readonly signature: Signature,
  ) {
    const own = random.many(random.chance(10) ? 40 : 8, () => random.pick(kinds));
    this.locals = [...signature.params, 'i32', 'i64', 'f32bits', 'f64bits', ...own];
    this.references = [this.locals.length, this.locals.length + 1];
  }

  protected emit(...bytes: number[]): void {
    this.code.push(...bytes);
  }

  protected localsOf(kind: Kind, write: boolean): number[] {
    return range(0, this.locals.length - 1).filter((i) => {
      const local = at(this.locals, i);
      return write ? serves(kind, local) && !this.counters.includes(i) : serves(local, kind);
    });
  }

  protected drop(): void {
    const kind = at(this.stack.splice(-1), 0);
    const targets = this.random.chance(50) ? this.localsOf(kind, true) : [];
    if (targets.length === 0) this.emit(0x1a);
    else this.emit(0x21, ...unsigned(this.random.pick(targets)));
  }

  /** The topmost operands become `wanted`: those that are there, if they fit, else new ones. */
  protected operands(wanted: Kind[], floor: number): void {
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

  protected constant(kind: Kind): void {
    const { random } = this;
    if (kind === 'i32') {
      this.emit(0x41, ...signed(random.chance(80) ? random.pick(integers) : random.next() | 0));
    } else if (kind === 'i64') {
      const wide = (BigInt(random.next()) << 32n) | BigInt(random.next());
      const value = random.chance(70) ? BigInt(random.pick(integers)) : BigInt.asIntN(64, wide);
      this.emit(0x42, ...signed(value));
    } else if (kind === 'f32' || kind === 'f32bits') {
      this.emit(0x43, ...float32(random.pick(floats32)));
    } else if (kind === 'v128bits') {
      this.emit(0xfd, 12, ...this.vectorBytes());
    } else {
      this.emit(0x44, ...float64(random.pick(floats64)));
    }
  }

  /** Lanes of one width, mostly special ones. */
  private vectorBytes(): number[] {
    const { random } = this;
    const form = random.below(4);
    const make: (() => number[])[] = [
      () => float64(random.pick(floats64)),
      () => float32(random.pick(floats32)),
      () => float32(random.pick(integers) >>> 0),
      () => float32(random.next()),
    ];
    const lane = at(make, form);
    return Array.from({ length: form === 0 ? 2 : 4 }, lane).flat();
  }

  /** a * b + c, or -, in any order. */
  private productSum(depth: number): void {
    const { random } = this;
    const first = random.chance(50);
    for (let count = first ? 3 : 2; count > 0; count--) this.value('f64', depth);
    this.emit(0xa2);
    if (!first) this.value('f64', depth);
    this.emit(random.pick([0xa0, 0xa1]));
    this.stack.length -= 2;
  }

  /** a + b * constant, or shifted. */
  private scaledSum(depth: number): void {
    const { random } = this;
    const first = random.chance(50);
    if (first) this.value('i32', depth);
    this.value('i32', depth);
    this.emit(0x41, ...signed(random.pick([1, 2, 3, 4, 5, 31, 32, 33, 34])));
    this.emit(random.chance(70) ? 0x74 : 0x6c);
    if (!first) this.value('i32', depth);
    this.emit(0x6a);
    this.stack.pop();
  }

  /** Pushes a value that is the result of an operation. */
  protected computed(kind: Kind): void {
    const { code, from } = this.random.pick(operations.filter(({ to }) => serves(to, kind)));
    for (const operand of from) this.value(operand, 1);
    this.emit(...code);
    this.stack.length -= from.length;
    this.stack.push(kind);
  }

  /** Pushes a value made by an expression of at most that depth. */
  protected value(kind: Kind, depth: number): void {
    const { random } = this;
    const choice = random.below(100);
    if (kind === 'i32' && depth > 0 && random.chance(6)) {
      this.scaledSum(depth - 1);
      return;
    }
    if (kind === 'f64' && depth > 0 && random.chance(10)) {
      this.productSum(depth - 1);
      return;
    }
    const operation = operations.filter(({ to }) => serves(to, kind));
    if (depth > 0 && choice < 40 && operation.length > 0) {
      const { code, from } = random.pick(operation);
      for (const operand of from) this.value(operand, depth - 1);
      this.emit(...code);
      this.stack.length -= from.length;
    } else if (depth > 0 && choice < 50) {
      const { code, lanes } = random.pick(loads.filter((load) => serves(load.kind, kind)));
      const immediate = this.place(kind);
      if (lanes !== undefined) {
        this.value(kind, depth - 1);
        this.stack.pop();
      }
      this.emit(...code, ...immediate, ...(lanes === undefined ? [] : [random.below(lanes)]));
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

  /** A local gets a new value, mostly by adding a constant; it may be left on the stack. */
  protected step(local: number, tee: boolean): void {
    const { random } = this;
    const other = (): number => random.pick(this.localsOf('i32', false));
    const from = unsigned(random.chance(75) ? local : other());
    const constant = [0x41, ...signed(random.chance(60) ? random.below(9) - 4 : random.pick(integers))]; // prettier-ignore
    const form = random.below(10);
    if (form < 6) this.emit(0x20, ...from, ...constant, 0x6a);
    else if (form === 6) this.emit(...constant, 0x20, ...from, 0x6a);
    else if (form === 7) this.emit(0x20, ...from, ...constant, 0x6b);
    else if (form === 8) this.emit(0x20, ...from, 0x20, ...unsigned(other()), 0x6a);
    else this.emit(0x20, ...from, ...constant, random.pick([0x6c, 0x71, 0x72, 0x73, 0x74, 0x76]));
    this.emit(tee ? 0x22 : 0x21, ...unsigned(local));
    if (tee) this.stack.push('i32');
  }

  /** A step and a test, mostly of what it gave: itself, or compared with something on either side. */
  private steppedCondition(): void {
    const { random } = this;
    const local = random.pick(this.localsOf('i32', true));
    const first = random.chance(25);
    if (first) this.value('i32', random.below(2));
    const tee = random.chance(30);
    this.step(local, tee);
    const tested = random.chance(85) ? local : random.pick(this.localsOf('i32', false));
    if (!tee) this.emit(0x20, ...unsigned(tested));
    if (first) {
      this.stack.length -= tee ? 2 : 1;
      this.emit(random.pick(range(0x46, 0x4f)));
    } else {
      if (tee) this.stack.pop();
      const form = random.below(10);
      if (form === 0) {
        this.emit(0x45);
      } else if (form > 2) {
        if (form < 6) this.constant('i32');
        else if (form === 6) this.emit(0x20, ...unsigned(local));
        else this.emit(0x20, ...unsigned(random.pick(this.localsOf('i32', false))));
        this.emit(random.pick(range(0x46, 0x4f)));
      }
    }
    if (random.chance(15)) this.emit(0x45);
    this.stack.push('i32');
  }

  /** A truth value, mostly a comparison of what is at hand. */
  protected condition(): void {
    const { random } = this;
    if (random.chance(35)) {
      this.steppedCondition();
      return;
    }
    const form = random.below(10);
    if (form < 3) {
      this.value('i32', 2);
      return;
    }
    const kind = random.pick<Kind>(['i32', 'i32', 'i64']);
    const codes = kind === 'i32' ? range(0x46, 0x4f) : range(0x51, 0x5a);
    this.value(kind, form < 6 ? 1 : 0);
    if (form === 3) {
      this.emit(kind === 'i32' ? 0x45 : 0x50);
    } else {
      if (form < 8) this.value(kind, 0);
      else this.constant(kind);
      this.emit(random.pick(codes));
      if (form < 8) this.stack.pop();
    }
    this.stack.pop();
    if (random.chance(20)) this.emit(0x45);
    this.stack.push('i32');
  }

  /** An address and the immediates of the access to it. */
  protected place(kind: Kind): number[] {
    const { random } = this;
    const form = random.below(100);
    if (form < 90) {
      this.address();
      return this.immediate();
    }
    if (form === 99 && random.chance(25)) {
      // The sum with the offset does not wrap.
      const back = 1 + random.below(5000);
      if (random.chance(50)) {
        this.emit(0x41, ...signed(-back));
      } else {
        this.value('i32', 1);
        this.emit(0x41, 63, 0x71, 0x41, ...signed(-64 - back), 0x6a);
        this.stack.pop();
      }
      this.stack.push('i32');
      return [0, ...unsigned(back + 64 + random.below(4096))];
    }
    // Next to the end of memory, mostly before it.
    const bytes = kind === 'v128bits' ? 16 : 8;
    const before = random.chance(93) ? bytes + random.below(3) : random.below(bytes + 2);
    if (form < 96) {
      this.emit(0x3f, 0, 0x41, 16, 0x74, 0x41, before, 0x6b);
      this.stack.push('i32');
      return [0, 0];
    }
    const offset = random.below(2) === 0 ? random.below(200) : 65536 - before;
    const rest = 65536 - before - offset;
    this.emit(0x41, ...signed(rest));
    if (random.chance(50)) {
      const local = unsigned(random.pick(this.localsOf('i32', false)));
      this.emit(0x20, ...local, 0x20, ...local, 0x6b, 0x6a);
    }
    this.stack.push('i32');
    return [0, ...unsigned(offset)];
  }

  protected immediate(): number[] {
    const { random } = this;
    const offset =
      random.below(200) > 0 ? random.below(random.chance(50) ? 8 : 4096) : random.next();
    return [0, ...unsigned(offset)];
  }

  /** An address, mostly inside of memory, in the forms that engines like. */
  protected address(): void {
    const { random } = this;
    const small = (mask: number): void => {
      this.value('i32', 1);
      this.emit(0x41, ...signed(mask), 0x71);
      this.stack.pop();
    };
    const form = random.below(100);
    if (form === 0 && random.chance(30)) {
      this.value('i32', 1);
      return;
    }
    if (form < 4) {
      // From a local backwards, when something else has been computed meanwhile.
      small(0xfff);
      const local = unsigned(random.pick(this.localsOf('i32', true)));
      this.emit(0x41, ...signed(0x1000), 0x72, 0x21, ...local);
      this.computed('i32');
      this.emit(0x1a, 0x20, ...local, 0x41, ...signed(-random.below(4096)), 0x6a);
      return;
    }
    if (form < 10 && this.counters.length > 0) {
      // An element: the index, which is small, is a local.
      small(0xfff);
      this.emit(0x20, ...unsigned(random.pick(this.counters)), 0x41, random.below(4), 0x74, 0x6a);
      this.stack.push('i32');
      return;
    }
    if (form < 30) {
      small(0xfff);
    } else if (form < 45) {
      small(0xfff);
      // Backwards, too: the sum of operands wraps.
      const back = random.chance(30);
      if (back) this.emit(0x41, ...signed(0x1000), 0x72);
      this.emit(0x41, ...signed(random.below(4096) * (back ? -1 : 1)), 0x6a);
    } else if (form < 60) {
      small(0xfff);
      small(0x3ff);
      this.emit(0x41, ...signed(random.below(4)), 0x74, 0x6a);
    } else if (form < 75) {
      small(0x7ff);
      this.emit(0x41, random.below(5), 0x74);
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
}
