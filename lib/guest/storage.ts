/** Where a memory is kept. */

/**
 * How a memory is kept: `mapped` in reserved address space with guard pages, `heap` in a plain
 * allocation, `pool` in a slot of the runtime's pool. `automatic`: the pool if the runtime has one
 * and a slot is free, else mapped where the system allows it, else heap.
 */
export type Backend = 'automatic' | 'mapped' | 'heap' | 'pool';

/** Where a memory really is; `functions` only when a host program in C arranged for it. */
export type Storage = Backend | 'buffer' | 'functions';

/** In the order of the C API. */
export const storages = ['automatic', 'mapped', 'heap', 'buffer', 'pool', 'functions'] as const;

/** Of that number. */
export function storageOf(number: number | undefined): Storage {
  return storages[number ?? 0] ?? 'automatic';
}
