/** The statements of random function bodies that control comes out of behind them. */
import { type Kind, kinds, operations, range, stores, trapping } from './instructions.js';
import { at, serves, type Signature, Values } from './random_values.js';
import { signed, unsigned } from './wasm_writer.js';

const storeOf: Record<Kind, number[]> = {
  i32: [0x36],
  i64: [0x37],
  f32: [0x37],
  f64: [0x37],
  f32bits: [0x38],
  f64bits: [0x39],
  v128bits: [0xfd, 11],
};

export class Statements extends Values {
  /** Whether calls may be made. */
  protected calls = true;

  protected setLocal(floor: number): void {
    const top = this.stack.length > floor && this.random.chance(50);
    const kind = top ? at(this.stack, this.stack.length - 1) : this.random.pick(kinds);
    const targets = this.localsOf(kind, true);
    if (targets.length === 0) return;
    if (!top) this.value(kind, 3);
    const tee = this.random.chance(30);
    this.emit(tee ? 0x22 : 0x21, ...unsigned(this.random.pick(targets)));
    if (!tee) this.stack.pop();
  }

  protected store(): void {
    const { code, kind, lanes } = this.random.pick(stores);
    const immediate = this.place(kind);
    this.value(kind, 2);
    this.emit(...code, ...immediate, ...(lanes === undefined ? [] : [this.random.below(lanes)]));
    this.stack.length -= 2;
  }

  protected calculate(floor: number): void {
    const { code, from, to } = this.random.pick(this.random.chance(10) ? trapping : operations);
    this.operands(from, floor);
    this.emit(...code);
    this.stack.length -= from.length;
    this.stack.push(to);
  }

  /** All locals into memory: what became of them can be seen. */
  protected show(): void {
    this.locals.forEach((kind, i) => {
      this.emit(0x41, ...signed(0xc000 + 16 * i), 0x20, ...unsigned(i));
      // Of floats that may be any NaN the number alone.
      if (kind === 'f32' || kind === 'f64') this.emit(0xfc, kind === 'f32' ? 4 : 6);
      this.emit(...storeOf[kind], 0, 0);
    });
  }

  /** An operation whose first operand is the topmost value, and only that one is there already. */
  protected consume(): void {
    const top = at(this.stack, this.stack.length - 1);
    const fitting = operations.filter(({ from }) => serves(top, at(from, 0)));
    if (fitting.length === 0) return;
    const { code, from, to } = this.random.pick(fitting);
    for (const kind of from.slice(1)) this.value(kind, 1);
    this.emit(...code);
    this.stack.length -= from.length;
    this.stack.push(to);
  }

  protected setGlobal(floor: number): void {
    const index = this.random.below(this.scope.globals.length);
    // Number 0 is the other module's budget where there is one: neither is for guests to raise.
    const held = at(this.scope.globals, index);
    if (index === this.scope.budget || index === 0 || held === 'object') return;
    this.operands([held], floor);
    this.emit(0x24, ...unsigned(index));
    this.stack.pop();
  }

  protected select(floor: number): void {
    const kind = this.random.pick(kinds);
    this.operands([kind, kind], floor);
    this.condition();
    this.emit(0x1b);
    this.stack.length -= 2;
  }

  /** Old values of a local stay operands while it gets a new one. */
  protected stale(): void {
    const { random } = this;
    const kind = random.pick(kinds);
    const targets = this.localsOf(kind, true);
    if (targets.length === 0) return;
    const local = random.pick(targets);
    const held = at(this.locals, local);
    const old = unsigned(local);
    for (let count = 1 + random.below(3); count > 0; count--) {
      this.emit(0x20, ...old);
      this.stack.push(held);
      if (random.chance(30)) this.value(random.pick(kinds), 1);
    }
    if (random.chance(40)) this.copies();
    const tee = random.chance(30);
    if (kind === 'i32' && random.chance(50)) {
      this.step(local, tee);
      return;
    }
    this.value(kind, 2);
    this.emit(tee ? 0x22 : 0x21, ...old);
    if (!tee) this.stack.pop();
  }

  /** Locals copied to locals, perhaps then counted up from the copy. */
  protected copies(): void {
    const { random } = this;
    for (let count = 1 + random.below(3); count > 0; count--) {
      const kind = random.pick(this.locals);
      const from = unsigned(random.pick(this.localsOf(kind, false)));
      const targets = this.localsOf(kind, true);
      if (targets.length === 0) continue;
      const to = unsigned(random.pick(targets));
      this.emit(0x20, ...from, 0x21, ...to);
      if (kind !== 'i32' || !this.localsOf('i32', true).includes(at(from, 0))) continue;
      if (random.chance(30)) continue;
      const writable = this.localsOf('i32', true);
      if (random.chance(20)) this.step(random.pick(writable), false);
      const copy = random.chance(75) ? to : unsigned(random.pick(writable));
      this.emit(0x20, ...copy, 0x41, 1, 0x6a, 0x21, ...from);
    }
  }

  protected call(floor: number): void {
    if (!this.calls) return;
    const { results } = this.callOf(range(0, this.scope.functionTypes - 1), [0x10, 0x11], floor);
    this.stack.push(...results);
  }

  /** A call in place of the function; false: there is none with its results. */
  protected tailCall(floor: number): boolean {
    const wanted = this.signature.results.join();
    const types = range(0, this.scope.functionTypes - 1).filter(
      (type) => at(this.scope.types, type).results.join() === wanted,
    );
    if (!this.calls || types.length === 0) return false;
    this.callOf(types, [0x12, 0x13], floor);
    return true;
  }

  /** A call of one of these types, with its arguments: by name, or through the table. */
  private callOf(
    types: number[],
    [direct, indirectly]: [number, number],
    floor: number,
  ): Signature {
    const { random, scope } = this;
    const callees = scope.callees.filter(({ type }) => types.includes(type));
    const callee = callees.length === 0 ? undefined : random.pick(callees);
    const indirect = callee === undefined || random.chance(35);
    const type = indirect ? random.pick(types) : callee.type;
    const called = at(scope.types, type);
    const { params } = called;
    this.operands(params, floor);
    if (indirect) {
      const fitting = range(0, scope.elements.length - 1).filter((i) => scope.elements[i] === type);
      if (fitting.length > 0 && random.chance(97)) {
        this.emit(0x41, random.pick(fitting));
      } else {
        this.value('i32', 1);
        this.emit(0x41, 7, 0x71);
        this.stack.pop();
      }
      this.emit(indirectly, ...unsigned(type), 0);
    } else {
      this.emit(direct, ...unsigned(callee.index));
    }
    this.stack.length -= params.length;
    return called;
  }

  /** A place in memory for something of `length` bytes, often at the very end. */
  private range(length: number): void {
    const slack = this.random.pick([0, 0, 0, 1, 7, 300]) - (this.random.chance(2) ? 1 : 0);
    if (this.random.chance(60)) {
      this.address();
      return;
    }
    this.emit(0x3f, 0, 0x41, 16, 0x74, 0x41, ...signed(length + slack), 0x6b);
    this.stack.push('i32');
  }

  protected bulk(): void {
    const { random } = this;
    const form = random.below(12);
    const length = random.pick([0, 1, 3, 8, 15, 64, 100, 200]);
    if (form === 0) {
      this.emit(0x41, random.chance(30) ? 1 : 0, 0x40, 0);
      this.stack.push('i32');
    } else if (form === 1) {
      this.emit(0x3f, 0);
      this.stack.push('i32');
    } else if (form < 5) {
      this.range(length);
      this.value('i32', 1);
      this.emit(0x41, ...signed(length), 0xfc, 11, 0);
      this.stack.length -= 2;
    } else if (form < 8) {
      this.range(length);
      this.range(length);
      this.emit(0x41, ...signed(length), 0xfc, 10, 0, 0);
      this.stack.length -= 2;
    } else if (form === 8) {
      // Overlapping, with the target before or behind.
      this.address();
      const local = unsigned(random.pick(this.localsOf('i32', true)));
      this.emit(0x22, ...local, 0x41, random.below(12), 0x6a, 0x20, ...local, 0x41, random.below(12), 0x6a); // prettier-ignore
      this.emit(0x41, ...signed(length), 0xfc, 10, 0, 0);
      this.stack.pop();
    } else if (form < 11 || random.chance(70)) {
      const first = random.below(16);
      this.range(16 - first);
      this.emit(0x41, ...signed(first), 0x41, ...signed(16 - first + (random.chance(5) ? 1 : 0)));
      this.emit(0xfc, 8, 0, 0);
      this.stack.pop();
    } else {
      this.emit(0xfc, 9, 0);
    }
  }

  /** An index into the table: it has at least 8 elements. */
  private index(): void {
    const { random } = this;
    if (random.chance(30)) {
      this.emit(0xfc, 16, 0, 0x41, random.chance(8) ? 0 : 1 + random.below(7), 0x6b);
    } else {
      this.value('i32', 1);
      this.emit(0x41, random.chance(5) ? 15 : 7, 0x71);
      this.stack.pop();
    }
    this.stack.push('i32');
  }

  /** A reference; it is not on the stack that is kept here. */
  private reference(): void {
    const { random } = this;
    const form = random.below(10);
    if (form < 3 && this.scope.referable.length > 0) {
      this.emit(0xd2, ...unsigned(random.pick(this.scope.referable)));
    } else if (form < 6) {
      this.emit(0x20, ...unsigned(random.pick(this.references)));
    } else if (form < 9) {
      this.index();
      this.stack.pop();
      this.emit(0x25, 0);
    } else {
      this.emit(0xd0, 0x70);
    }
  }

  protected table(): void {
    const { random } = this;
    const form = random.below(10);
    const before = this.stack.length;
    const count = random.below(4);
    if (form === 0) {
      this.emit(0xfc, 16, 0);
      this.stack.push('i32');
      return;
    }
    if (form === 1) {
      this.reference();
      this.emit(0xd1);
      this.stack.push('i32');
      return;
    }
    if (form < 4) {
      this.reference();
      this.emit(0x21, ...unsigned(random.pick(this.references)));
    } else if (form < 6) {
      this.index();
      this.reference();
      this.emit(0x26, 0);
    } else if (form === 6) {
      this.reference();
      this.emit(0x41, random.below(3), 0xfc, 15, 0);
      this.stack.push('i32');
      return;
    } else if (form === 7) {
      this.index();
      this.reference();
      this.emit(0x41, count, 0xfc, 17, 0);
    } else if (form === 8) {
      this.index();
      this.index();
      this.emit(0x41, count, 0xfc, 14, 0, 0);
    } else {
      this.index();
      this.emit(0x41, random.below(3), 0x41, random.below(3));
      this.emit(...(random.chance(90) ? [0xfc, 12, 1, 0] : [0x1a, 0x1a, 0x1a, 0xfc, 13, 1]));
    }
    this.stack.length = before;
  }
}
