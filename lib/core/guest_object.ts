/** Structures and arrays of guests, as JavaScript has them. */
import { ResourceError } from '../base/errors.js';
import { refusal } from '../base/uncloneable.js';
import { type Used, checkStatus } from '../base/status.js';
import { shown } from '../base/shown.js';
import { type InstanceHandle, binding } from '../raw/binding.js';
import type { Words } from '../raw/slot.js';

const cloned = refusal('GuestObject');

/** An instance that has objects, or can reach those of another. */
export interface ObjectOwner extends Used {
  readonly handle: InstanceHandle;
  readonly group: { readonly members: ReadonlyMap<number, { readonly handle: InstanceHandle }> };
}

/** Where one is: its address, as the two halves of a slot. */
export interface ObjectPlace extends Words {
  /** Whose it was first. */
  readonly owner: ObjectOwner;
  /** Until JavaScript lets go of it. */
  held: boolean;
}

/** Nothing of the instances can be used just now: to be released later. */
const waiting = new Set<ObjectPlace>();

/** False: not now. */
function releasedAt({ owner, low, high }: ObjectPlace): boolean {
  let busy = false;
  for (const { handle } of owner.group.members.values()) {
    const done = binding.objectRelease(handle, low, high);
    if (done === true) return true;
    busy ||= done === undefined;
  }
  // Of a group without an open instance nothing is left.
  return !busy || [...owner.group.members.values()].length === 0;
}

function release(place: ObjectPlace): void {
  if (!place.held) return;
  place.held = false;
  if (!releasedAt(place)) waiting.add(place);
}

const finalizers = new FinalizationRegistry<ObjectPlace>(release);

/**
 * A structure or an array of a guest. JavaScript cannot look into it, but keep it, compare it, and
 * give it back: the same object of the guest is the same object here, as long as this is held. It stays
 * until it is garbage here too, or let go of: `using object = ...`.
 */
export class GuestObject {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  readonly #place: ObjectPlace;

  /** @internal Guests make them. */
  constructor(place: ObjectPlace) {
    this.#place = place;
    finalizers.register(this, place);
    Object.freeze(this);
  }

  /** @internal Where it is; undefined: not one of these. */
  static placeOf(value: unknown): ObjectPlace | undefined {
    return typeof value === 'object' && value !== null && #place in value
      ? value.#place
      : undefined;
  }

  /** @internal */
  [shown](): string {
    return this.#place.held ? 'GuestObject' : 'GuestObject (released)';
  }

  /** Lets go of it: from here on it can be given to nobody. Again: nothing. */
  release(): void {
    release(this.#place);
  }

  /** For `using`: the same as `release`. */
  [Symbol.dispose](): void {
    release(this.#place);
  }
}

/** Those of one group. */
export class GuestObjects {
  /** By address; numbers are exact below 2^53, as addresses are. */
  readonly #known = new Map<number, WeakRef<GuestObject>>();
  /** With so many entries those of objects that are gone are looked for. */
  #due = 1024;

  /** The object at that address, the same as long as JavaScript has it. */
  at(owner: ObjectOwner, { low, high }: Words): GuestObject {
    for (const place of waiting) if (releasedAt(place)) waiting.delete(place);
    const address = (high >>> 0) * 4294967296 + (low >>> 0);
    const known = this.#known.get(address)?.deref();
    if (known !== undefined && GuestObject.placeOf(known)?.held === true) return known;
    const held = binding.objectHold(owner.handle, low >>> 0, high >>> 0);
    if (held !== true) {
      checkStatus(owner);
      throw new ResourceError('out of memory', { code: 'OutOfMemory' });
    }
    const made = new GuestObject({ owner, low, high, held: true });
    this.#known.set(address, new WeakRef(made));
    if (this.#known.size >= this.#due) this.#forget();
    return made;
  }

  #forget(): void {
    for (const [address, object] of this.#known) {
      if (object.deref() === undefined) this.#known.delete(address);
    }
    this.#due = Math.max(1024, 2 * this.#known.size);
  }

  get size(): number {
    return this.#known.size;
  }

  /** Those of a group that ends, too. */
  take(from: GuestObjects): void {
    for (const [address, object] of from.#known) this.#known.set(address, object);
  }
}
