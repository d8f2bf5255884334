/** Random bodies with what came after WebAssembly 2.0 and vectors. */
import { codeOf, kinds, loads, range, stores, type Kind } from './instructions.js';
import { ObjectBody, type ObjectScope } from './random_objects.js';
import { at, type Random, type Signature } from './random_values.js';
import { signed, unsigned } from './wasm_writer.js';

/** A part of WebAssembly; `legacy` and `exnref` are not in one module, which V8 refuses. */
export type Part = 'atomics' | 'legacy' | 'exnref' | 'references' | 'memories' | 'wide' | 'objects';

/** What a module has of it. */
export interface Later {
  readonly parts: readonly Part[];
  /** What is thrown with each tag. */
  readonly tags: readonly Signature[];
  /** Types that give what a tag has, without and with the exception behind it; then the latter alone. */
  readonly caught: number;
  /** The type of each function. */
  readonly functions: readonly number[];
  /** Whether the second memory has 64-bit addresses. */
  readonly is64: boolean;
  readonly objects: ObjectScope | undefined;
}

export const tags: readonly Signature[] = [
  { params: [], results: [] },
  { params: ['i32'], results: [] },
  { params: ['i64', 'f64bits'], results: [] },
];

export const EXNREF = 0x69;
/** In place of an instruction of wide arithmetic, until it is known whom the module is for. */
export const WIDE = 0x10000;

/** Of the groups of seven: i32, i64, then i32 and i64 in 8 and 16 bits, i64 in 32. */
const widths = [4, 8, 1, 2, 1, 2, 4];
const kindsOf: readonly Kind[] = ['i32', 'i64', 'i32', 'i32', 'i64', 'i64', 'i64'];

/** Nobody branches to where an exception arrives. */
const nobody: Kind[] = ['i32', 'i32', 'i32', 'i32'];

export class LaterBody extends ObjectBody {
  /** The local that keeps an exception; behind the padding is no room for it. */
  private get kept(): number {
    return this.firstHeld + super.furtherLocals().length;
  }

  private has(part: Part): boolean {
    return this.scope.later.parts.includes(part);
  }

  protected override furtherLocals(): number[][] {
    return [...super.furtherLocals(), ...(this.has('exnref') ? [[1, EXNREF]] : [])];
  }

  protected override statement(floor: number): boolean {
    const { random, scope } = this;
    const { parts } = scope.later;
    if (parts.length === 0 || !random.chance(18)) return super.statement(floor);
    switch (random.pick(parts)) {
      case 'atomics':
        this.atomic();
        break;
      case 'legacy':
        if (random.chance(50)) this.perhapsThrow();
        else this.legacyTry();
        break;
      case 'exnref':
        if (random.chance(40)) this.perhapsThrow();
        else if (random.chance(15)) this.perhapsThrowAgain();
        else this.tryTable();
        break;
      case 'references':
        if (random.chance(60)) this.callReference(floor);
        else this.testReference();
        break;
      case 'memories':
        if (random.chance(75)) this.accessSecond();
        else this.bulkSecond();
        break;
      case 'objects':
        return this.objectStatement(floor);
      default:
        this.wide();
    }
    return true;
  }

  private resultType(results: readonly Kind[]): number {
    return results.length === 0 ? 0x40 : codeOf[at(results, 0)];
  }

  private someResults(): Kind[] {
    return this.random.chance(50) ? [] : [this.random.pick(kinds)];
  }

  private perhapsThrow(): void {
    const tag = this.random.below(tags.length);
    this.condition();
    this.stack.pop();
    const kept = this.stack.length;
    this.emit(0x04, 0x40);
    for (const kind of at(tags, tag).params) this.value(kind, 1);
    this.emit(0x08, tag, 0x0b);
    this.stack.length = kept;
  }

  private legacyTry(): void {
    if (this.labels.length > 6) return;
    const { random } = this;
    const results = this.someResults();
    const inner = this.stack.length;
    this.emit(0x06, this.resultType(results));
    this.labels.push({ types: results });
    this.block(results, inner);
    if (random.chance(25)) {
      this.labels.pop();
      this.emit(0x18, ...unsigned(random.below(this.labels.length)));
    } else {
      const caught = range(0, tags.length - 1).filter(() => random.chance(50));
      for (const tag of caught) this.handler([0x07, tag], at(tags, tag).params, results, inner);
      if (caught.length === 0 || random.chance(50)) this.handler([0x19], [], results, inner);
      this.labels.pop();
      this.emit(0x0b);
    }
    this.stack.length = inner;
    this.stack.push(...results);
  }

  private handler(code: number[], has: readonly Kind[], results: Kind[], inner: number): void {
    this.emit(...code);
    this.stack.length = inner;
    this.stack.push(...has);
    if (this.random.chance(25)) {
      this.condition();
      this.stack.pop();
      this.emit(0x04, 0x40, 0x09, 1, 0x0b);
    }
    this.block(results, inner);
  }

  /** A block for the result, one in it for what arrives, and in that the protected body. */
  private tryTable(): void {
    if (this.labels.length > 5) return;
    const { random } = this;
    const results = this.someResults();
    const inner = this.stack.length;
    const tag = random.below(tags.length + 1); // the last one: any
    const any = tag === tags.length;
    const has = any ? [] : at(tags, tag).params;
    const withReference = random.chance(40);
    const clause = [(any ? 2 : 0) + (withReference ? 1 : 0), ...(any ? [] : [tag]), 0];
    this.emit(0x02, this.resultType(results));
    this.labels.push({ types: results });
    const arrives = this.scope.later.caught + 2 * tag + (withReference ? 1 : 0);
    this.emit(0x02, ...signed(arrives));
    this.labels.push({ types: nobody });
    const leaving = any ? [] : this.depthsFor((types) => types.length === 0);
    const further = leaving.length > 0 && random.chance(30) ? random.pick(leaving) : undefined;
    const clauses = further === undefined ? [1, ...clause] : [2, ...clause, 2, ...unsigned(further)];
    this.emit(0x1f, this.resultType(results), ...clauses);
    this.labels.push({ types: results });
    this.block(results, inner);
    this.labels.pop();
    this.emit(0x0b, 0x0c, 1, 0x0b);
    this.labels.pop();
    if (withReference) this.emit(...(random.chance(70) ? [0x21, ...unsigned(this.kept)] : [0x1a]));
    this.stack.length = inner;
    this.stack.push(...has);
    this.block(results, inner);
    this.labels.pop();
    this.emit(0x0b);
    this.stack.length = inner;
    this.stack.push(...results);
  } // prettier-ignore

  private perhapsThrowAgain(): void {
    const kept = unsigned(this.kept);
    this.condition();
    this.stack.pop();
    this.emit(0x20, ...kept, 0xd1, 0x45, 0x71, 0x04, 0x40, 0x20, ...kept, 0x0a, 0x0b);
  }

  private referable(): number[] {
    const { referable, later, functionTypes } = this.scope;
    return referable.filter((index) => at(later.functions, index) < functionTypes);
  }

  private callReference(floor: number): void {
    const { random, scope } = this;
    const functions = this.referable();
    if (!this.calls || functions.length === 0) return;
    const index = random.pick(functions);
    const type = at(scope.later.functions, index);
    const { params, results } = at(scope.types, type);
    this.operands(params, floor);
    if (random.chance(4)) this.emit(0xd0, ...signed(type));
    else this.emit(0xd2, ...unsigned(index));
    if (random.chance(30)) this.emit(0xd4);
    this.emit(0x14, ...unsigned(type));
    this.stack.length -= params.length;
    this.stack.push(...results);
  }

  /** A local is written where a reference is not null, or is. */
  private testReference(): void {
    const { random } = this;
    const functions = this.referable();
    if (functions.length === 0) return;
    const index = random.pick(functions);
    const type = at(this.scope.later.functions, index);
    const local = unsigned(random.pick(this.localsOf('i32', true)));
    const set = [0x41, ...signed(random.below(100)), 0x21, ...local];
    const reference = random.pick([
      [0xd2, ...unsigned(index)],
      [0xd0, ...signed(type)],
      [0x20, ...unsigned(random.pick(this.references))],
    ]);
    if (random.chance(50)) this.emit(0x02, 0x40, ...reference, 0xd5, 0, 0x1a, ...set, 0x0b);
    else this.emit(0x02, 0x70, ...reference, 0xd6, 0, ...set, 0xd0, 0x70, 0x0b, 0x1a);
  }

  private atomic(): void {
    const { random } = this;
    const form = random.below(10);
    if (form === 0) {
      this.emit(0xfe, 3, 0);
      return;
    }
    this.address();
    const group = random.below(9); // load, store, six that modify, one that compares
    const member = form === 1 ? 0 : random.below(widths.length);
    const width = form === 1 ? 4 : at(widths, member);
    if (!random.chance(3)) {
      this.emit(0x41, ...signed(-width), 0x71);
    }
    const immediate = [Math.log2(width), ...unsigned(width * random.below(40))];
    const kind = at(kindsOf, member);
    this.stack.pop();
    if (form === 1) {
      this.value('i32', 1);
      this.emit(0xfe, 0, ...immediate);
      this.stack.pop();
      this.stack.push('i32');
      return;
    }
    const operands = group === 0 ? 0 : group === 8 ? 2 : 1;
    for (let i = 0; i < operands; i++) this.value(kind, 1);
    this.emit(0xfe, 0x10 + 7 * group + member, ...immediate);
    this.stack.length -= operands;
    if (group !== 1) this.stack.push(kind);
  }

  /** An address in the second memory; it is not on the stack that is kept here. */
  private addressSecond(): void {
    this.value('i32', 1);
    this.emit(0x41, ...signed(this.random.chance(95) ? 0x1fff : 0x1ffff), 0x71);
    if (this.scope.later.is64) this.emit(0xad);
    this.stack.pop();
  }

  private accessSecond(): void {
    const { random } = this;
    const stores_ = random.chance(50);
    const { code, kind, lanes } = random.pick(stores_ ? stores : loads);
    this.addressSecond();
    if (stores_ || lanes !== undefined) {
      this.value(kind, 1);
      this.stack.pop();
    }
    const offset = this.offsetSecond();
    this.emit(...code, 0x40, 1, ...offset, ...(lanes === undefined ? [] : [random.below(lanes)]));
    if (!stores_) this.stack.push(kind);
  }

  private offsetSecond(): number[] {
    const { random, scope } = this;
    if (!random.chance(2)) return unsigned(random.below(300));
    return unsigned(scope.later.is64 ? BigInt(random.next()) << BigInt(random.below(33)) : random.next());
  } // prettier-ignore

  private bulkSecond(): void {
    const { random, scope } = this;
    const size: Kind = scope.later.is64 ? 'i64' : 'i32';
    const length = random.pick([0, 1, 8, 100, 300]);
    const count = [scope.later.is64 ? 0x42 : 0x41, ...signed(length)];
    switch (random.below(6)) {
      case 0:
        this.emit(0x3f, 1);
        this.stack.push(size);
        break;
      case 1:
        this.emit(scope.later.is64 ? 0x42 : 0x41, random.below(3), 0x40, 1);
        this.stack.push(size);
        break;
      case 2:
        this.addressSecond();
        this.value('i32', 1);
        this.emit(...count, 0xfc, 11, 1);
        this.stack.pop();
        break;
      case 3:
        this.addressSecond();
        this.addressSecond();
        this.emit(...count, 0xfc, 10, 1, 1);
        break;
      case 4:
        this.addressSecond();
        this.address();
        this.emit(0x41, ...signed(length), 0xfc, 10, 1, 0);
        this.stack.pop();
        break;
      default:
        this.address();
        this.addressSecond();
        this.emit(0x41, ...signed(length), 0xfc, 10, 0, 1);
        this.stack.pop();
    }
  }

  /** add128, sub128, mul_wide_s, mul_wide_u */
  private wide(): void {
    const form = this.random.below(4);
    const operands = form < 2 ? 4 : 2;
    for (let i = 0; i < operands; i++) this.value('i64', 1);
    this.emit(WIDE + form);
    this.stack.length -= operands;
    this.stack.push('i64', 'i64');
  }
}

/** What stands for wide arithmetic in modules for engines without it, in its order. */
export const wideFunctions: readonly number[][] = [
  [
    ...[1, 1, 0x7e, 0x20, 0, 0x20, 2, 0x7c, 0x22, 4],
    ...[0x20, 1, 0x20, 3, 0x7c, 0x20, 4, 0x20, 0, 0x54, 0xad, 0x7c, 0x0b],
  ],
  [
    ...[0, 0x20, 0, 0x20, 2, 0x7d],
    ...[0x20, 1, 0x20, 3, 0x7d, 0x20, 0, 0x20, 2, 0x54, 0xad, 0x7d, 0x0b],
  ],
  product(true),
  product(false),
];

/** The 128 bits of a product, of those of its halves. */
function product(isSigned: boolean): number[] {
  const low = (local: number): number[] => [0x20, local, 0x42, ...signed(0xffffffffn), 0x83];
  const high = (local: number): number[] => [0x20, local, 0x42, 32, 0x88];
  const times = (a: number[], b: number[], to: number): number[] => [...a, ...b, 0x7e, 0x21, to];
  const negative = (a: number, b: number): number[] => [0x20, a, 0x42, 63, 0x87, 0x20, b, 0x83, 0x7d];
  return [
    ...[1, 4, 0x7e],
    ...times(low(0), low(1), 2),
    ...times(low(0), high(1), 3),
    ...times(high(0), low(1), 4),
    ...times(high(0), high(1), 5),
    ...[0x20, 0, 0x20, 1, 0x7e],
    ...[0x20, 5, ...high(3), 0x7c, ...high(4), 0x7c],
    ...[...high(2), ...low(3), 0x7c, ...low(4), 0x7c, 0x42, 32, 0x88, 0x7c],
    ...(isSigned ? [...negative(0, 1), ...negative(1, 0)] : []),
    0x0b,
  ];
} // prettier-ignore

/** Which parts a module has: some of those that there are. */
export function someParts(random: Random, known: readonly Part[]): Part[] {
  const either = random.pick<Part>(['legacy', 'exnref']);
  const other: Part = either === 'legacy' ? 'exnref' : 'legacy';
  return known.filter((part) => part !== (known.includes(either) ? other : either) && random.chance(50));
} // prettier-ignore
