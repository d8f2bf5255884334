/** Host functions that are put into tables of an instance that is there already. */
import { refusal } from '../base/uncloneable.js';
import { quoted, shown, shownAs } from '../base/shown.js';
import { type Used, checkStatus } from '../base/status.js';
import { ResourceError } from '../base/errors.js';
import { type InstanceHandle, binding } from '../raw/binding.js';
import type { FunctionName } from '../raw/slot.js';
import type { FunctionType } from '../raw/value_type.js';

const cloned = refusal('HostReference');

/** What is behind one: the function, and its types as the addon numbers them. */
export interface HostFunctionParts {
  readonly fn: (caller: never, ...args: never[]) => unknown;
  readonly params: readonly number[];
  readonly results: readonly number[];
}

/**
 * A function of this program with the type that it has for guests, from `hostFunction`. It may be
 * put into tables of any number of instances: `table.set(index, reference)`.
 */
export class HostReference {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  /** The type that was given. */
  readonly type: FunctionType;
  /** @internal */
  readonly parts: HostFunctionParts;

  /** @internal Use `hostFunction`. */
  constructor(type: FunctionType, parts: HostFunctionParts) {
    this.type = type;
    this.parts = parts;
  }

  /** @internal */
  [shown](): string {
    const { params, results } = this.type;
    return shownAs(
      'HostReference',
      () => quoted(this.parts.fn.name),
      () => `(${params.join(', ')}) -> (${results.join(', ')})`,
    );
  }
}

/** The JavaScript function that stands for one. */
type Wrapper = (...args: readonly unknown[]) => unknown;

/** The instance that has them. */
interface Owner extends Used {
  readonly handle: InstanceHandle;
}

/** What the addon calls for one, as for an imported function. */
export type HostMaker = (parts: HostFunctionParts) => () => void;

interface Made extends FunctionName {
  readonly reference: HostReference;
  /** The addon knows it weakly. */
  readonly call: () => void;
  /** If anybody has asked for it. */
  wrapper?: WeakRef<Wrapper>;
}

/** So many places are looked at, at the most, for each function that may have become free. */
const placesEach = 256;

/**
 * Those of one instance. That nothing refers to one any more is found out by looking at all tables
 * and globals it could be in, as soon as enough of them were overwritten to be worth it.
 */
export class HostReferences {
  readonly #made = new Map<number, Made>();
  #names = new WeakMap<HostReference, Made>();
  readonly #make: HostMaker;
  /** How many may have become free since the last look. */
  #loose = 0;
  /** How many places that had to look at. */
  #places = 0;

  constructor(make: HostMaker) {
    this.#make = make;
  }

  /** The function for it, the same as before as long as something refers to it. */
  name(owner: Owner, reference: HostReference): FunctionName {
    const known = this.#names.get(reference);
    if (known !== undefined && this.#made.get(known.index) === known) return known;
    const { parts } = reference;
    const call = this.#make(parts);
    const [index, generation] =
      binding.referenceNew(owner.handle, call, parts.params, parts.results) ?? [];
    checkStatus(owner);
    if (index === undefined || generation === undefined) {
      throw new ResourceError('out of memory', { code: 'OutOfMemory' });
    }
    const made: Made = { index, generation, reference, call };
    this.#made.set(index, made);
    this.#names.set(reference, made);
    return made;
  }

  /** One was overwritten. */
  loosen(handle: InstanceHandle): void {
    this.#loose += 1;
    if (this.#loose * placesEach >= this.#places) this.sweep(handle);
  }

  /** Frees those that nothing refers to; later, when something of the instance runs. */
  sweep(handle: InstanceHandle): void {
    if (this.#made.size === 0) return;
    const held = [...this.#made.values()].filter(({ wrapper }) => wrapper?.deref() !== undefined);
    const kept = held.map(({ index }) => index).sort((a, b) => a - b);
    const [places, ...freed] = binding.referenceSweep(handle, kept) ?? [];
    if (places === undefined) return;
    for (const index of freed) this.#made.delete(index);
    this.#loose = 0;
    this.#places = places;
  }

  /** Nothing calls them any more. */
  clear(): void {
    this.#made.clear();
  }

  /** The instance has another holder: what the one before had of these is theirs alone. */
  disown(): void {
    this.#names = new WeakMap();
    for (const made of this.#made.values()) delete made.wrapper;
  }

  /** The JavaScript function of that index. */
  wrapper(index: number): Wrapper | undefined {
    return this.#made.get(index)?.wrapper?.deref();
  }

  /** Remembers that; false: it is none of these. */
  wrap(index: number, wrapper: Wrapper): boolean {
    const made = this.#made.get(index);
    if (made !== undefined) made.wrapper = new WeakRef(wrapper);
    return made !== undefined;
  }

  /** The name of the function of that index; undefined: it is none of these. */
  nameAt(index: number): string | undefined {
    return this.#made.get(index)?.reference.parts.fn.name;
  }
}
