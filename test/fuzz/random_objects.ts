/** Random bodies with structures, arrays and references to them. */
import { codeOf, range, type Kind } from './instructions.js';
import { type Heap, type Field, type ObjectTypes, type Reference, type Shape, type Storage, hasDefault, heap, heapCode, isBelow, isPacked, isReference, kindOf, referenceCode } from './object_types.js'; // prettier-ignore
import { Body } from './random_body.js';
import { at } from './random_values.js';
import { signed, unsigned } from './wasm_writer.js';

/** What a module with objects has of them. */
export interface ObjectScope extends ObjectTypes {
  /** Globals for any object. */
  globals: readonly number[];
  /** A table for any object, of at least four. */
  table: number;
  /** The function that says in a number what can be seen of an object. */
  describe: number;
}

const nothing: ObjectScope = {
  shapes: [],
  first: 0,
  describeType: 0,
  globals: [],
  table: 0,
  describe: 0,
};

/** Bytes of an element that a data segment can have. */
const elementBytes: Partial<Record<string, number>> = {
  i8: 1, i16: 2, i32: 4, i64: 8, f32bits: 4, f64bits: 8, v128bits: 16,
}; // prettier-ignore

export class ObjectBody extends Body {
  private readonly objects: ObjectScope = this.scope.later.objects ?? nothing;
  /** The types of the locals that keep references to objects. */
  private readonly held: readonly Reference[] = this.heldReferences();

  private get shapes(): readonly Shape[] {
    return this.objects.shapes;
  }

  private heldReferences(): Reference[] {
    const { shapes } = this.objects;
    if (shapes.length === 0) return [];
    const all = range(0, shapes.length - 1);
    const concrete = [
      this.random.pick(all.filter((i) => !at(shapes, i).isArray)),
      this.random.pick(all.filter((i) => at(shapes, i).isArray)),
      ...this.random.many(4, () => this.random.pick(all)),
    ];
    const abstract = [heap.any, heap.eq, heap.i31, heap.extern];
    return [...abstract, ...concrete].map((wanted) => ({ heap: wanted, nullable: true }));
  }

  /** The first of those locals. */
  protected get firstHeld(): number {
    return at(this.references, this.references.length - 1) + 1;
  }

  protected override furtherLocals(): number[][] {
    return this.held.map((reference) => [1, ...referenceCode(this.objects, reference)]);
  }

  protected override begin(): void {
    this.held.forEach((reference, i) => {
      if (!this.random.chance(80)) return;
      this.object(reference, 1);
      this.emit(0x21, ...unsigned(this.firstHeld + i));
    });
  }

  protected override show(): void {
    super.show();
    this.held.forEach(({ heap: of }, i) => {
      const place = 0xc000 + 16 * (this.locals.length + i);
      this.emit(0x41, ...signed(place), 0x20, ...unsigned(this.firstHeld + i));
      if (of === heap.extern) this.emit(0xfb, 26);
      this.emit(0x10, ...unsigned(this.objects.describe), 0x37, 0, 0);
    });
  }

  private isBelow(low: Heap, high: Heap): boolean {
    return isBelow(this.shapes, low, high);
  }

  /** Locals that keep what is below (or above) the type. */
  private heldWhere(fits: (of: Heap) => boolean): number[] {
    return this.held.flatMap(({ heap: of }, i) => (fits(of) ? [this.firstHeld + i] : []));
  }

  private shapesBelow(of: Heap): number[] {
    return range(0, this.shapes.length - 1).filter((i) => this.isBelow(i, of));
  }

  /** Pushes a value that is not on the stack that is kept here. */
  private number(kind: Kind, depth = 1): void {
    this.value(kind, depth);
    this.stack.pop();
  }

  /** The topmost reference goes into a local, or is dropped. */
  private keep(of: Heap): void {
    const targets = this.heldWhere((other) => this.isBelow(of, other));
    if (targets.length === 0) this.emit(0x1a);
    else this.emit(0x21, ...unsigned(this.random.pick(targets)));
  }

  /** Pushes a reference of that type; no reference is on the stack that is kept here. */
  private object(wanted: Reference, depth: number): void {
    const { random } = this;
    const { heap: of, nullable } = wanted;
    const locals = this.heldWhere((other) => this.isBelow(other, of));
    const form = random.below(10);
    if (of === heap.extern) {
      if (form < 4) this.emit(0x20, ...unsigned(random.pick(locals)));
      else this.object({ heap: heap.any, nullable }, depth - 1);
      if (form >= 4) this.emit(0xfb, 27);
    } else if (of === heap.func) {
      this.functionReference();
    } else if (!nullable) {
      if (form < 4 && locals.length > 0 && depth > 0) this.notNull(of, random.pick(locals), depth);
      else this.newObject(of, depth);
    } else if (form < 4 && locals.length > 0) {
      this.emit(0x20, ...unsigned(random.pick(locals)));
    } else if (depth > 0 && form < 6 && this.shapes.length > 0) {
      this.cast(of);
    } else if (depth > 0 && form < 9) {
      this.newObject(of, depth);
    } else {
      this.emit(0xd0, ...(random.chance(50) ? signed(heap.none) : heapCode(this.objects, of)));
    }
  }

  private functionReference(): void {
    const { random, scope, references } = this;
    if (scope.referable.length > 0 && random.chance(40)) this.emit(0xd2, ...unsigned(random.pick(scope.referable)));
    else if (random.chance(70)) this.emit(0x20, ...unsigned(random.pick(references)));
    else this.emit(0xd0, 0x70);
  } // prettier-ignore

  /** What a local has; where that is null something new, or a trap. */
  private notNull(of: Heap, local: number, depth: number): void {
    if (this.random.chance(5)) {
      this.emit(0x20, ...unsigned(local), 0xd4);
      return;
    }
    this.emit(0x02, ...referenceCode(this.objects, { heap: of, nullable: false }));
    this.emit(0x20, ...unsigned(local), 0xd6, 0);
    this.newObject(of, depth - 1);
    this.emit(0x0b);
  }

  /** A new object of the type or one below it. */
  private newObject(of: Heap, depth: number): void {
    const { random } = this;
    const small = of === heap.i31 || (of === heap.any || of === heap.eq) && random.chance(20); // prettier-ignore
    const fitting = this.shapesBelow(of);
    if (small || fitting.length === 0) {
      this.number('i32');
      this.emit(0xfb, 28);
      return;
    }
    // Deep down the type itself: what has to be in it comes before it, so that this ends.
    const index = depth > 0 ? random.pick(fitting) : at(fitting, 0);
    const shape = at(this.shapes, index);
    const type = unsigned(this.objects.first + index);
    if (shape.isArray) {
      this.makeArray(at(shape.fields, 0), type, depth);
    } else if (shape.fields.every(hasDefault) && random.chance(depth > 0 ? 25 : 70)) {
      this.emit(0xfb, 1, ...type);
    } else {
      for (const field of shape.fields) this.fieldValue(field.storage, depth - 1);
      this.emit(0xfb, 0, ...type);
    }
  }

  private fieldValue(storage: Storage, depth: number): void {
    if (isReference(storage)) this.object(storage, depth);
    else this.number(kindOf(storage), Math.max(0, Math.min(depth, 1)));
  }

  private makeArray(element: Field, type: number[], depth: number): void {
    const { random } = this;
    const { storage } = element;
    const length = random.pick([0, 1, 2, 3, 4, 5, 8, 16, 31, 200]);
    const bytes = isReference(storage) ? undefined : elementBytes[storage];
    const form = random.below(10);
    if (form < 3 || (form > 7 && bytes === undefined && !this.isOfFunctions(storage))) {
      const count = random.below(5);
      for (let i = 0; i < count; i++) this.fieldValue(storage, depth - 1);
      this.emit(0xfb, 8, ...type, ...unsigned(count));
    } else if (form < 5 && hasDefault(element)) {
      if (random.chance(70)) {
        this.emit(0x41, ...signed(length));
      } else {
        this.number('i32');
        this.emit(0x41, 31, 0x71);
      }
      this.emit(0xfb, 7, ...type);
    } else if (form < 8) {
      this.fieldValue(storage, depth - 1);
      this.emit(0x41, ...signed(length), 0xfb, 6, ...type);
    } else if (bytes === undefined) {
      this.emit(0x41, random.below(3), 0x41, random.below(3), 0xfb, 10, ...type, 1);
    } else {
      const from = random.below(8);
      const count = random.below(Math.floor((16 - from) / bytes) + 1);
      this.emit(0x41, from, 0x41, count + (random.chance(2) ? 1 : 0), 0xfb, 9, ...type, 0);
    }
  }

  private isOfFunctions(storage: Storage): boolean {
    return isReference(storage) && storage.heap === heap.func;
  }

  /** Any reference, of type anyref. */
  private any(): void {
    const { random, objects } = this;
    const form = random.below(4);
    const locals = this.heldWhere((of) => this.isBelow(of, heap.any));
    if (form === 0 && objects.globals.length > 0) {
      this.emit(0x23, ...unsigned(random.pick(objects.globals)));
    } else if (form === 1) {
      this.emit(0x41, random.below(4), 0x25, ...unsigned(objects.table));
    } else if (form === 2) {
      this.emit(0x20, ...unsigned(random.pick(this.heldWhere((of) => of === heap.extern))), 0xfb, 26);
    } else {
      this.emit(0x20, ...unsigned(random.pick(locals)));
    }
  } // prettier-ignore

  /** Any reference as one of that type: null, or a trap, where it is another. */
  private cast(of: Heap): void {
    const { random, objects } = this;
    const target = heapCode(objects, of);
    const result = referenceCode(objects, { heap: of, nullable: true });
    const dropped = [0x1a, 0xd0, ...target];
    const form = random.below(20);
    if (form === 0) {
      this.any();
      this.emit(0xfb, 23, ...target);
    } else if (form < 8) {
      this.emit(0x02, ...result);
      this.any();
      this.emit(0xfb, 24, random.chance(50) ? 3 : 1, 0, 0x6e, ...target, ...dropped, 0x0b);
    } else if (form < 14) {
      this.emit(0x02, ...result, 0x02, 0x6e);
      this.any();
      this.emit(0xfb, 25, 3, 0, 0x6e, ...target, 0x0c, 1, 0x0b, ...dropped, 0x0b);
    } else {
      const local = unsigned(random.pick(this.heldWhere((other) => other === heap.any)));
      this.any();
      this.emit(0x22, ...local, 0xfb, random.pick([20, 21]), ...target, 0x04, ...result);
      this.emit(0x20, ...local, 0xfb, 23, ...target, 0x05, 0xd0, ...target, 0x0b);
    }
  }

  /** What needs the object in a local: mostly left out where there is none, or too few elements. */
  private guarded(local: number, least: number, result: Kind | undefined, act: () => void): void {
    const guards = this.random.chance(96);
    const from = unsigned(local);
    if (guards) {
      this.emit(0x02, result === undefined ? 0x40 : codeOf[result]);
      if (result !== undefined) this.constant(result);
      this.emit(0x20, ...from, 0xd1, 0x0d, 0);
      if (least > 0) this.emit(0x20, ...from, 0xfb, 15, 0x41, least, 0x49, 0x0d, 0);
      if (result !== undefined) this.emit(0x1a);
    }
    act();
    if (guards) this.emit(0x0b);
    if (result !== undefined) this.stack.push(result);
  }

  /** Locals whose types are of structures, or of arrays. */
  private heldShapes(isArray: boolean): { local: number; index: number; shape: Shape }[] {
    return this.held.flatMap(({ heap: index }, i) => {
      const shape = index < 0 ? undefined : this.shapes[index];
      return shape?.isArray === isArray ? [{ local: this.firstHeld + i, index, shape }] : [];
    });
  }

  private typeIndex(shape: number): number[] {
    return unsigned(this.objects.first + shape);
  }

  /** One statement. False: control does not come out of it. */
  protected objectStatement(floor: number): boolean {
    const { random } = this;
    if (this.shapes.length === 0) return true;
    const form = random.below(20);
    if (form < 5) this.assign();
    else if (form < 8) this.accessField();
    else if (form < 11) this.accessElement();
    else if (form < 13) this.arrayOperation();
    else if (form < 15) this.test();
    else if (form < 17) this.storeObject();
    else if (form < 18) this.branchOnNull();
    else return this.below(floor);
    return true;
  }

  private assign(): void {
    const { random } = this;
    const target = random.pick(this.held);
    const first = { heap: target.heap, nullable: true };
    this.object(first, 2);
    if (random.chance(20)) {
      this.object(first, 1);
      this.condition();
      this.stack.pop();
      this.emit(0x1c, 1, ...referenceCode(this.objects, first));
    }
    this.keep(target.heap);
  }

  /** Into a global or the table. */
  private storeObject(): void {
    const { random, objects } = this;
    if (random.chance(50) && objects.globals.length > 0) {
      this.object({ heap: heap.any, nullable: true }, 2);
      this.emit(0x24, ...unsigned(random.pick(objects.globals)));
    } else {
      this.emit(0x41, random.below(4));
      this.object({ heap: heap.any, nullable: true }, 2);
      this.emit(0x26, ...unsigned(objects.table));
    }
  }

  private accessField(): void {
    const { random } = this;
    const choices = this.heldShapes(false).filter(({ shape }) => shape.fields.length > 0);
    if (choices.length === 0) return;
    const { local, index, shape } = random.pick(choices);
    const field = random.below(shape.fields.length);
    const { storage, mutable } = at(shape.fields, field);
    const where = [...this.typeIndex(index), ...unsigned(field)];
    const form = isPacked(storage) ? 3 + random.below(2) : 2;
    if (mutable && random.chance(50)) {
      this.guarded(local, 0, undefined, () => {
        this.emit(0x20, ...unsigned(local));
        this.fieldValue(storage, 2);
        this.emit(0xfb, 5, ...where);
      });
    } else if (random.chance(30)) {
      // Of what has no other name.
      this.object({ heap: index, nullable: false }, 1);
      this.emit(0xfb, form, ...where);
      this.taken(storage);
    } else {
      this.read(local, 0, storage, () => this.emit(0x20, ...unsigned(local), 0xfb, form, ...where));
    }
  }

  /** What was read stays as an operand, or goes into a local. */
  private taken(storage: Storage): void {
    if (!isReference(storage)) this.stack.push(kindOf(storage));
    else if (storage.heap !== heap.func) this.keep(storage.heap);
    else this.emit(0x21, ...unsigned(this.random.pick(this.references)));
  }

  private read(local: number, least: number, storage: Storage, act: () => void): void {
    if (!isReference(storage)) {
      this.guarded(local, least, kindOf(storage), act);
      return;
    }
    this.guarded(local, least, undefined, () => {
      act();
      this.taken(storage);
    });
  }

  /** An index that there is, mostly: arrays have one element at least. */
  private elementIndex(local: number): void {
    if (this.random.chance(30)) {
      this.emit(0x41, this.random.chance(90) ? 0 : this.random.below(5));
    } else {
      this.number('i32');
      if (this.random.chance(98)) this.emit(0x20, ...unsigned(local), 0xfb, 15, 0x70);
    }
  }

  private accessElement(): void {
    const { random } = this;
    const { local, index, shape } = random.pick(this.heldShapes(true));
    const { storage, mutable } = at(shape.fields, 0);
    const type = this.typeIndex(index);
    if (mutable && random.chance(50)) {
      this.guarded(local, 1, undefined, () => {
        this.emit(0x20, ...unsigned(local));
        this.elementIndex(local);
        this.fieldValue(storage, 2);
        this.emit(0xfb, 14, ...type);
      });
      return;
    }
    this.read(local, 1, storage, () => {
      this.emit(0x20, ...unsigned(local));
      this.elementIndex(local);
      this.emit(0xfb, isPacked(storage) ? 12 + random.below(2) : 11, ...type);
    });
  }

  /** array.len, fill, copy, init_data, init_elem: on up to three of four elements. */
  private arrayOperation(): void {
    const { random } = this;
    const arrays = this.heldShapes(true);
    const { local, index, shape } = random.pick(arrays);
    const { storage, mutable } = at(shape.fields, 0);
    const type = this.typeIndex(index);
    const to = [0x20, ...unsigned(local), 0x41, random.below(2)];
    const count = [0x41, random.below(3)];
    if (!mutable || random.chance(20)) {
      this.guarded(local, 0, 'i32', () => this.emit(0x20, ...unsigned(local), 0xfb, 15));
    } else if (random.chance(40)) {
      this.guarded(local, 4, undefined, () => {
        this.emit(...to);
        this.fieldValue(storage, 1);
        this.emit(...count, 0xfb, 16, ...type);
      });
    } else if (random.chance(60)) {
      const alike = arrays.filter((other) => this.canCopy(at(other.shape.fields, 0), storage));
      const from = random.pick(alike);
      this.guarded(local, 4, undefined, () => {
        this.guarded(from.local, 4, undefined, () => {
          this.emit(...to, 0x20, ...unsigned(from.local), 0x41, random.below(2), ...count);
          this.emit(0xfb, 17, ...type, ...this.typeIndex(from.index));
        });
      });
    } else if (!isReference(storage)) {
      this.guarded(local, 4, undefined, () => {
        this.emit(...to, 0x41, random.below(4), 0x41, random.chance(90) ? 0 : 1);
        this.emit(0xfb, 18, ...type, 0);
      });
    } else if (this.isOfFunctions(storage)) {
      this.guarded(local, 4, undefined, () => {
        this.emit(...to, 0x41, random.below(2), ...count, 0xfb, 19, ...type, 1);
      });
    }
  }

  private canCopy({ storage: from }: Field, to: Storage): boolean {
    if (!isReference(from) || !isReference(to)) return from === to;
    return this.isBelow(from.heap, to.heap) && (to.nullable || !from.nullable);
  }

  /** A number that says something about references. */
  private test(): void {
    const { random, objects } = this;
    const form = random.below(10);
    const kind: Kind = form === 9 ? 'i64' : 'i32';
    if (form < 4) {
      this.any();
      const of = random.chance(70) ? random.below(this.shapes.length) : random.pick([heap.i31, heap.eq, heap.struct, heap.array, heap.none]); // prettier-ignore
      this.emit(0xfb, random.pick([20, 21]), ...heapCode(objects, of));
    } else if (form < 6) {
      this.object({ heap: heap.eq, nullable: true }, 1);
      this.object({ heap: heap.eq, nullable: true }, 1);
      this.emit(0xd3);
    } else if (form < 7) {
      this.any();
      this.emit(0xd1);
    } else if (form < 9) {
      this.object({ heap: heap.i31, nullable: false }, 1);
      this.emit(0xfb, random.pick([29, 30]));
    } else {
      this.any();
      this.emit(0x10, ...unsigned(objects.describe));
    }
    this.stack.push(kind);
  }

  /** br_on_null or br_on_non_null. */
  private branchOnNull(): void {
    const { random, objects } = this;
    const of = random.pick([heap.any, random.below(this.shapes.length)]);
    const target = unsigned(random.pick(this.localsOf('i32', true)));
    const set = [0x41, random.below(60), 0x21, ...target];
    if (random.chance(50)) {
      this.emit(0x02, 0x40);
      this.object({ heap: of, nullable: true }, 1);
      this.emit(0xd5, 0);
      this.keep(of);
      this.emit(...set, 0x0b);
    } else {
      this.emit(0x02, ...referenceCode(objects, { heap: of, nullable: true }));
      this.object({ heap: of, nullable: true }, 1);
      this.emit(0xd6, 0, ...set, 0xd0, ...heapCode(objects, of), 0x0b);
      this.keep(of);
    }
  }

  /** A reference is an operand while something else happens. */
  private below(floor: number): boolean {
    const { random } = this;
    const of = random.pick([heap.any, heap.eq, heap.i31, random.below(this.shapes.length)]);
    this.object({ heap: of, nullable: true }, 2);
    const inner = this.stack.length;
    if (!this.statement(Math.max(floor, inner))) return false;
    while (this.stack.length > inner) this.drop();
    if (random.chance(70)) {
      this.keep(of);
    } else {
      this.emit(0x10, ...unsigned(this.objects.describe));
      this.stack.push('i64');
    }
    return true;
  }
}
