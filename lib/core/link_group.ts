/**
 * Instances that can reach each other, the JavaScript half of native/addon/link_group.h: it keeps
 * alive what guest code of any member may come back to. Members live as long as one of them does,
 * or until they are closed and nobody can reach them; a group that nobody holds is collected as a
 * whole.
 */
import { type Used, checkStatus } from '../base/status.js';
import type { Cause } from '../base/errors.js';
import { type InstanceHandle, binding } from '../raw/binding.js';
import { GuestObjects } from './guest_object.js';

let lastReference = 0;

/** With fewer values a collection would cost more than it can give back. */
const leastDue = 4096;

/** The asynchronous call that has the group. */
export interface Running {
  /** When it has to end, by `performance.now()`. */
  readonly deadline: number;
  /** Whether its signal was aborted. */
  stopped: boolean;
  /** Ends the host call whose promise the guest waits for, if it waits for one. */
  stopWaiting: (() => void) | undefined;
}

/** What a group knows of its members. */
interface Member<M extends Member<M>> extends Used {
  readonly handle: InstanceHandle;
  /** The addon's name for it. */
  readonly serial: number;
  group: LinkGroup<M>;
}

export class LinkGroup<M extends Member<M>> {
  readonly members = new Map<number, M>();
  /** Why the guest is being stopped, from the moment JavaScript wanted it to the Trap. */
  cause: Cause | undefined;
  running: Running | undefined;
  readonly objects = new GuestObjects();
  /** Whether code of a member catches exceptions. */
  catches = false;
  /**
   * Values that the guest has as externref, or had after the last collection. Numbers are unique
   * among all groups.
   */
  readonly #values = new Map<number, unknown>();
  readonly #numbers = new Map<unknown, number>();
  /** Numbers of values that a reset of a member gives it again. */
  readonly #held = new Set<number>();
  /** With so many values the next collection is due. */
  #due = leastDue;

  takeCause(): Cause | undefined {
    const cause = this.cause;
    this.cause = undefined;
    return cause;
  }

  /**
   * The number by which the guest knows the value; the same value has the same number. From here
   * until the guest has it, nothing else of the guest's may run: a collection would not find it.
   */
  reference(value: unknown): number {
    // A Map takes -0 for 0, which the guest must give back as it was.
    const plain = !Object.is(value, -0);
    const known = plain ? this.#numbers.get(value) : undefined;
    if (known !== undefined) return known;
    lastReference += 1;
    this.#values.set(lastReference, value);
    if (plain) this.#numbers.set(value, lastReference);
    return lastReference;
  }

  /** The same for a value that members keep as long as they live. */
  heldReference(value: unknown): number {
    const number = this.reference(value);
    this.#held.add(number);
    return number;
  }

  /** Collects if so many values were given that it is worth it; `handle` is of any member. */
  collectIfDue(handle: InstanceHandle): void {
    if (this.#values.size < this.#due) return;
    this.collect(handle);
    this.#due = Math.max(leastDue, 2 * this.#values.size);
  }

  /** Lets go of values that no guest refers to any more. How many; undefined: not now. */
  collect(handle: InstanceHandle): number | undefined {
    // On its thread values may be on their way, to the guest or from it.
    const referred = this.running === undefined ? binding.collect(handle) : undefined;
    if (referred === undefined) return undefined;
    const kept = new Set<number>(referred);
    const before = this.#values.size;
    for (const [number, value] of this.#values) {
      if (!kept.has(number) && !this.#held.has(number)) this.#release(number, value);
    }
    return before - this.#values.size;
  }

  #release(number: number, value: unknown): void {
    this.#values.delete(number);
    // -0 has no entry of its own, and must not take that of 0 along.
    if (this.#numbers.get(value) === number) this.#numbers.delete(value);
  }

  /** Forgets values that were given after that number; the result brings them back. */
  forget(after: number): () => void {
    const later = [...this.#values].filter(([number]) => number > after);
    for (const [number, value] of later) this.#release(number, value);
    return () => {
      for (const [number, value] of later) {
        this.#values.set(number, value);
        if (!Object.is(value, -0)) this.#numbers.set(value, number);
      }
    };
  }

  referred(number: number): unknown {
    return this.#values.get(number);
  }

  /** How much there is to be moved when it is joined to another. */
  get size(): number {
    return this.members.size + this.#values.size + this.objects.size;
  }

  /** Takes over everything but the members of a group that ends. */
  take(from: LinkGroup<M>): void {
    this.running ??= from.running;
    this.cause ??= from.cause;
    this.catches ||= from.catches;
    this.objects.take(from.objects);
    for (const [number, value] of from.#values) this.#values.set(number, value);
    for (const [value, number] of from.#numbers) this.#numbers.set(value, number);
    for (const number of from.#held) this.#held.add(number);
  }

  /** Lets go of closed members that nobody can reach any more; `handle` is of any member. */
  forgetGone(handle: InstanceHandle): void {
    for (const serial of binding.instancesGone(handle) ?? []) this.members.delete(serial);
  }
}

/** The number that was given last, by any group. */
export function lastGivenReference(): number {
  return lastReference;
}

/**
 * From now on both instances are in one group. Throws while either of them is busy. The smaller
 * group goes into the larger one, so that nothing is moved more often than groups can double.
 */
export function join<M extends Member<M>>(one: M, other: M): void {
  if (one.group === other.group) return;
  binding.link(one.handle, other.handle);
  checkStatus(other);
  const isSmaller = one.group.size < other.group.size;
  const [from, into] = isSmaller ? [one.group, other.group] : [other.group, one.group];
  into.take(from);
  for (const member of from.members.values()) {
    member.group = into;
    into.members.set(member.serial, member);
  }
  into.forgetGone(other.handle);
}
