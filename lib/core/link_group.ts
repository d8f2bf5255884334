/**
 * Instances that can reach each other, the JavaScript half of native/addon/link_group.h: it keeps
 * alive what guest code of any member may come back to. Members live as long as one of them does,
 * or until they are closed and nobody can reach them; a group that nobody holds is collected as a
 * whole.
 */
import { type Used, checkStatus } from '../base/status.js';
import type { Cause } from '../base/errors.js';
import { type InstanceHandle, binding } from '../raw/binding.js';

let lastReference = 0;

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
  /** Values the guest has, or had, as externref. Numbers are unique among all groups. */
  readonly #values = new Map<number, unknown>();
  readonly #numbers = new Map<unknown, number>();

  takeCause(): Cause | undefined {
    const cause = this.cause;
    this.cause = undefined;
    return cause;
  }

  /** The number by which the guest knows the value; the same value has the same number. */
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

  /** Forgets values that were given after that number; the result brings them back. */
  forget(after: number): () => void {
    const later = [...this.#values].filter(([number]) => number > after);
    for (const [number, value] of later) {
      this.#values.delete(number);
      this.#numbers.delete(value);
    }
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
    return this.members.size + this.#values.size;
  }

  /** Takes over everything but the members of a group that ends. */
  take(from: LinkGroup<M>): void {
    this.running ??= from.running;
    this.cause ??= from.cause;
    for (const [number, value] of from.#values) this.#values.set(number, value);
    for (const [value, number] of from.#numbers) this.#numbers.set(value, number);
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
