/**
 * Random valid function bodies. What a body computes is determined: floating-point results whose
 * NaN bits an engine may choose are not looked at where bits show, and everything ends by itself.
 */
import { codeOf, kinds, range, type Kind } from './instructions.js';
import { Statements } from './random_statements.js';
import { at, serves, type Random, type Scope, type Signature } from './random_values.js';
import { signed, unsigned } from './wasm_writer.js';

interface Label {
  types: Kind[];
}

/** Of the header of a counting loop, which only its own end branches to. */
const nobody: Kind[] = ['i32', 'i32', 'i32', 'i32'];

export class Body extends Statements {
  protected readonly labels: Label[] = [];
  private steps: number;
  /** Whether control comes out of the block that was made last. */
  private completed = false;
  /** Further locals: so many that some of the others, or all, are out of reach of 16 bits. */
  private readonly padding: number;

  constructor(random: Random, scope: Scope, signature: Signature, size: number) {
    super(random, scope, signature);
    this.steps = size;
    this.padding = random.chance(5) ? 32760 - random.below(this.locals.length) : 0;
    // The stack has room for one such frame.
    this.calls = this.padding === 0;
  }

  /** The function as the code section wants it, without its size. */
  make(): number[] {
    this.pay();
    this.begin();
    const { results } = this.signature;
    this.labels.push({ types: results });
    if (results.length < 2) {
      // Most branches out of everything lead to where the locals are shown.
      this.emit(
        0x02,
        ...results.map((kind) => codeOf[kind]),
        ...(results.length === 0 ? [0x40] : []),
      );
      this.labels.push({ types: results });
      this.block(results, 0, 6 + this.random.below(30));
      this.emit(0x0b);
      this.labels.pop();
      this.show();
    } else {
      this.block(results, 0, 6 + this.random.below(30));
      if (this.completed) this.show();
    }
    const own = this.locals.slice(this.signature.params.length);
    const references = [this.references.length, 0x70];
    const declared = [...own.map((kind) => [1, codeOf[kind]]), references, ...this.furtherLocals()];
    if (this.padding > 0) declared.push([...unsigned(this.padding), codeOf.i64]);
    return [...unsigned(declared.length), ...declared.flat(), ...this.code, 0x0b];
  }

  /** What a function does first. */
  protected begin(): void {
    // Nothing, here.
  }

  /** Locals behind those that are known here. */
  protected furtherLocals(): number[][] {
    return [];
  }

  /** Statements until the budget of this block is used up; then `results` stand on the stack. */
  protected block(results: Kind[], floor: number, most = 1 + this.random.below(9)): void {
    let steps = most;
    let open = true;
    while (open && steps-- > 0 && this.steps-- > 0) open = this.statement(floor);
    if (open) this.shape(results, floor);
    else this.deadCode();
    this.completed = open;
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

  protected depthsFor(fits: (types: Kind[]) => boolean): number[] {
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
  protected statement(floor: number): boolean {
    const { random } = this;
    const choice = random.below(100);
    if (choice < 4) this.value(random.pick(kinds), 3);
    else if (choice < 20) return this.carried();
    else if (choice < 36) this.setLocal(floor);
    else if (choice < 44) this.store();
    else if (choice < 50) this.calculate(floor);
    else if (choice < 53) this.setGlobal(floor);
    else if (choice < 58) this.select(floor);
    else if (choice < 68) this.nested(floor);
    else if (choice < 75) this.branchIf(floor);
    else if (choice < 79) this.call(floor);
    else if (choice < 83) {
      if (random.chance(60)) this.countingLoop();
      else this.restarting();
    } else if (choice < 85) this.bulk();
    else if (choice < 87) this.table();
    else if (choice < 89) this.joining();
    else if (choice < 91) this.increment();
    else if (choice < 93) this.copies();
    else if (choice < 96) this.stale();
    else if (choice < 99) this.perhapsLeave();
    else return this.leave(floor);
    return true;
  }

  /** An operand stays below something else and is used right after it. */
  private carried(): boolean {
    const { random } = this;
    const kind = random.pick(kinds);
    const locals = this.localsOf(kind, false);
    if (random.chance(40) && locals.length > 0) {
      const local = random.pick(locals);
      this.emit(0x20, ...unsigned(local));
      this.stack.push(kind);
      if (random.chance(40) && this.localsOf(kind, true).includes(local)) this.perhapsSet(local);
    } else {
      this.computed(kind);
    }
    const floor = this.stack.length;
    if (!this.statement(floor)) return false;
    while (this.stack.length > floor) this.drop();
    this.consume();
    return true;
  }

  /** A local is written inside of an if, or of a block that may be left before. */
  private perhapsSet(local: number): void {
    const kind = at(this.locals, local);
    const branch = this.random.chance(50);
    if (branch) this.emit(0x02, 0x40);
    this.condition();
    this.stack.pop();
    this.emit(...(branch ? [0x0d, 0] : [0x04, 0x40]));
    this.value(kind, 2);
    this.emit(0x21, ...unsigned(local), 0x0b);
    this.stack.pop();
  }

  /** A step by itself, or with the old value kept. */
  private increment(): void {
    const { random } = this;
    const local = random.pick(this.localsOf('i32', true));
    if (random.chance(50)) {
      this.emit(0x20, ...unsigned(local));
      this.stack.push('i32');
    }
    this.step(local, random.chance(20));
  }

  /** if (...) leave */
  private perhapsLeave(): void {
    this.condition();
    this.stack.pop();
    const kept = this.stack.length;
    this.emit(0x04, 0x40);
    this.labels.push({ types: [] });
    this.leave(kept);
    this.deadCode();
    this.emit(0x0b);
    this.labels.pop();
    this.stack.length = kept;
  }

  /** The end of a loop that is left in its middle and else begins again. */
  private again(params: Kind[], floor: number): void {
    this.perhapsLeave();
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
      this.condition();
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
    if (free.length < 2 || this.labels.length > 6 || this.counters.length > 2) return;
    const counter = random.pick(free);
    const rounds = 1 + random.below(5);
    this.counters.push(counter);
    const local = unsigned(counter);
    const inner = this.stack.length;
    if (random.chance(30)) {
      // A value is carried from round to round as the loop's parameter.
      const kind = random.pick(kinds);
      const same = { params: [kind], results: [kind] };
      this.value(kind, 1);
      this.emit(0x41, 0, 0x21, ...local, 0x03, ...this.blockType(same));
      this.labels.push({ types: nobody });
      this.block([kind], inner);
      this.labels.pop();
      this.emit(0x20, ...local, 0x41, 1, 0x6a, 0x22, ...local);
      this.emit(0x41, rounds, random.pick([0x47, 0x48, 0x49]), 0x0d, 0, 0x0b);
      this.counters.pop();
      this.stack.length = inner;
      this.stack.push(kind);
      if (random.chance(50)) this.drop();
      return;
    }
    this.emit(0x41, 0, 0x21, ...local);
    const form = random.below(10);
    if (form < 2) {
      this.steppingLoop(local, rounds);
    } else if (form < 4) {
      this.choosingLoop(local, rounds);
    } else if (form < 7) {
      this.emit(0x03, 0x40);
      this.labels.push({ types: nobody });
      this.block([], inner);
      this.labels.pop();
      this.emit(0x20, ...local, 0x41, 1, 0x6a);
      this.emit(...(random.chance(50) ? [0x22, ...local] : [0x21, ...local, 0x20, ...local]));
      this.emit(0x41, rounds, random.pick([0x47, 0x48, 0x49]), 0x0d, 0, 0x0b);
    } else {
      this.testedLoop(local, rounds);
    }
    this.counters.pop();
    this.stack.length = inner;
  }

  /** The same with the test at its beginning; the limit may be in a local that is written last. */
  private testedLoop(local: number[], rounds: number): void {
    const { random } = this;
    const inner = this.stack.length;
    const free = this.localsOf('i32', true);
    const limit = free.length > 1 && random.chance(50) ? random.pick(free) : undefined;
    const place = limit === undefined ? [] : unsigned(limit);
    if (limit !== undefined) {
      this.counters.push(limit);
      this.emit(0x41, rounds, 0x21, ...place);
    }
    this.emit(0x02, 0x40, 0x03, 0x40);
    const end = limit === undefined ? [0x41, rounds] : [0x20, ...place];
    if (random.chance(30)) this.emit(...end, 0x20, ...local, random.pick([0x4c, 0x4d, 0x46]));
    else this.emit(0x20, ...local, ...end, random.pick([0x4e, 0x4f, 0x46]));
    this.emit(0x0d, 1);
    this.labels.push({ types: [] }, { types: nobody });
    this.block([], inner);
    this.labels.length -= 2;
    this.emit(0x20, ...local, 0x41, 1, 0x6a, 0x21, ...local);
    if (limit !== undefined) {
      this.counters.pop();
      if (random.chance(60)) this.emit(0x20, ...place, 0x41, 0, 0x72, 0x21, ...place);
    }
    this.emit(0x0c, 0, 0x0b, 0x0b);
  }

  /** A loop that begins with an if and goes on from inside and from behind of it. */
  private choosingLoop(local: number[], rounds: number): void {
    const { random } = this;
    const inner = this.stack.length;
    const nextRound = (depth: number): void => {
      this.stack.length = inner;
      this.emit(0x20, ...local, 0x41, 1, 0x6a, 0x21, ...local);
      this.emit(0x20, ...local, 0x41, rounds, 0x48, 0x04, 0x40, 0x0c, depth + 1, 0x0b);
    };
    const operand = (): void => {
      if (random.chance(50)) this.constant('i32');
      else this.emit(0x20, ...unsigned(random.pick(this.localsOf('i32', false))));
    };
    this.emit(0x03, 0x40, 0x20, ...unsigned(random.pick(this.localsOf('i32', false))));
    operand();
    this.emit(random.pick(range(0x46, 0x4f)), 0x04, 0x40);
    this.labels.push({ types: nobody }, { types: [] });
    this.block([], inner);
    if (random.chance(50)) nextRound(1);
    this.stack.length = inner;
    if (random.chance(60)) {
      this.emit(0x05);
      this.block([], inner);
      if (random.chance(70)) nextRound(1);
    }
    this.emit(0x0b);
    this.labels.pop();
    this.stack.length = inner;
    if (random.chance(50)) this.block([], inner);
    if (random.chance(80)) nextRound(0);
    this.emit(0x0b);
    this.labels.pop();
  }

  /** The same with the step and the test at its beginning. */
  private steppingLoop(local: number[], rounds: number): void {
    const { random } = this;
    const inner = this.stack.length;
    const inside = random.chance(40); // of an if, else behind a branch
    this.emit(0x02, 0x40, 0x03, 0x40, 0x20, ...local, 0x41, 1, 0x6a);
    this.emit(...(random.chance(30) ? [0x22, ...local] : [0x21, ...local, 0x20, ...local]));
    this.emit(0x41, rounds);
    this.labels.push({ types: [] }, { types: nobody });
    if (inside) {
      this.emit(random.pick([0x47, 0x48, 0x49]), 0x04, 0x40);
      this.labels.push({ types: [] });
    } else {
      this.emit(random.pick([0x46, 0x4e, 0x4f]), 0x0d, 1);
    }
    this.block([], inner);
    this.labels.length -= inside ? 3 : 2;
    this.emit(...(inside ? [0x0c, 1, 0x0b] : [0x0c, 0]), 0x0b, 0x0b);
  }

  /** A loop that ends in a jump to its beginning with a value, and is left from its middle. */
  private restarting(): void {
    const { random } = this;
    const free = this.localsOf('i32', true).filter((i) => this.locals[i] === 'i32');
    if (free.length < 2 || this.labels.length > 6 || this.counters.length > 2) return;
    const counter = random.pick(free);
    this.counters.push(counter);
    const local = unsigned(counter);
    const kind = random.pick(kinds);
    const inner = this.stack.length;
    this.emit(0x41, 0, 0x21, ...local, 0x02, codeOf[kind]);
    this.labels.push({ types: [kind] });
    this.value(kind, 1);
    this.emit(0x03, ...this.blockType({ params: [kind], results: [kind] }));
    this.labels.push({ types: nobody });
    if (random.chance(40)) this.drop();
    else if (random.chance(60)) this.consume();
    let open = true;
    for (let n = random.below(3); open && n > 0; n--) open = this.statement(inner);
    if (open) {
      this.emit(0x20, ...local, 0x41, 1, 0x6a, 0x22, ...local, 0x41, 1 + random.below(4));
      this.emit(random.pick([0x4e, 0x4f, 0x46]), 0x04, 0x40);
      this.value(kind, 1);
      this.emit(0x0c, 2, 0x0b);
      this.stack.pop();
      this.operands([kind], inner);
      this.emit(0x0c, 0);
    } else {
      this.deadCode();
    }
    this.emit(0x0b);
    this.labels.pop();
    // Never run, but translated: the loop's result goes into a local.
    const targets = this.localsOf(kind, true);
    if (targets.length > 0 && random.chance(80)) {
      this.emit(0x21, ...unsigned(random.pick(targets)));
      this.constant(kind);
    }
    this.emit(0x0b);
    this.labels.pop();
    this.counters.pop();
    this.stack.length = inner;
    this.stack.push(kind);
    if (random.chance(40)) this.drop();
  }

  /** A block whose result, from several places, goes into a local; its old value may be kept. */
  private joining(): void {
    const { random } = this;
    const kind = random.pick(kinds);
    const targets = this.localsOf(kind, true);
    if (targets.length === 0 || this.labels.length > 6) return;
    const index = random.pick(targets);
    const local = unsigned(index);
    if (random.chance(50)) {
      this.emit(0x20, ...local);
      this.stack.push(at(this.locals, index));
    }
    const inner = this.stack.length;
    // Something else may be written behind the result.
    const result = (): void => {
      this.value(kind, 2);
      if (random.chance(30)) this.step(random.pick(this.localsOf('i32', true)), false);
    };
    if (random.chance(25)) {
      // Without an else the parameter is the result.
      this.value(kind, 2);
      this.condition();
      this.emit(0x04, ...this.blockType({ params: [kind], results: [kind] }), 0x1a);
      this.stack.length = inner;
    } else {
      this.emit(0x02, codeOf[kind]);
    }
    this.labels.push({ types: [kind] });
    for (let exits = random.below(4); exits > 0; exits--) {
      const form = random.below(3);
      if (form === 0) {
        this.value(kind, 2);
        this.condition();
        this.emit(0x0d, 0, 0x1a);
      } else {
        this.condition();
        this.emit(0x04, 0x40);
        result();
        if (form === 1) {
          this.emit(0x0c, 1, 0x0b);
        } else {
          this.value('i32', 1);
          this.emit(0x0e, 1, 1, 1, 0x0b);
        }
      }
      this.stack.length = inner;
    }
    result();
    this.emit(0x0b, 0x21, ...local);
    this.labels.pop();
    this.stack.pop();
  }

  private branchIf(floor: number): void {
    const all = this.depthsFor((types) => types.length < 4);
    const single = this.depthsFor((types) => types.length === 1);
    const depths = single.length > 0 && this.random.chance(40) ? single : all;
    if (depths.length === 0) return;
    const depth = this.random.pick(depths);
    const { types } = at(this.labels, this.labels.length - 1 - depth);
    if (types.length === 1 && this.random.chance(50)) this.computed(at(types, 0));
    else this.operands(types, floor);
    this.condition();
    this.stack.pop();
    this.emit(0x0d, ...unsigned(depth));
    if (types.length > 0 && this.random.chance(60)) this.consume();
  }

  /** br, br_table, return, unreachable. */
  private leave(floor: number): boolean {
    const { random } = this;
    if (random.chance(20) && this.tailCall(floor)) return false;
    const form = random.below(8);
    const depths = this.depthsFor((types) => types.length < 4);
    if (form === 0 && random.chance(30)) {
      this.emit(0x00);
    } else if (form < 2 || depths.length === 0) {
      this.operands(this.signature.results, floor);
      this.emit(0x0f);
    } else {
      const outermost = this.labels.length - 1;
      const depth =
        random.chance(25) && depths.includes(outermost) ? outermost : random.pick(depths);
      const { types } = at(this.labels, this.labels.length - 1 - depth);
      if (types.length === 1 && random.chance(50)) this.computed(at(types, 0));
      else this.operands(types, floor);
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
