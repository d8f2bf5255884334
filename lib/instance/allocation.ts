/** Taking guest memory from its allocator, or from the heap that the host has in it. */
import { ResourceError, UsageError } from '../base/errors.js';
import { checked } from '../base/status.js';
import type { InstanceCore } from '../core/instance_core.js';
import { type Layout, type ValueOf, cstring } from '../guest/layout.js';
import { binding } from '../raw/binding.js';

/** Elements to be allocated, and what they are at first where that is given. */
export interface Wanted {
  readonly count: number;
  readonly bytes: number;
  readonly initial: Uint8Array | undefined;
}

/** From the arguments of `malloc`: a count and a value for each, or all the values. */
export function wanted<T extends Layout>(
  layout: T,
  given: number | readonly ValueOf<T>[],
  value: ValueOf<T> | undefined,
): Wanted {
  const isList = Array.isArray(given);
  const count = isList ? given.length : (given as number);
  const bytes = layout.size * count;
  if (!Number.isSafeInteger(count) || count < 0 || !Number.isSafeInteger(bytes)) {
    throw new UsageError('count has to be a whole number, 0 or more');
  }
  if (!isList && value === undefined) return { count, bytes, initial: undefined };
  const initial = new Uint8Array(bytes);
  const view = new DataView(initial.buffer);
  if (layout === (cstring as Layout)) {
    if (isList) throw new UsageError('strings have no size of their own: use dup for each');
    layout.write(view, 0, value);
  } else {
    for (let index = 0; index < count; index += 1) {
      layout.write(view, index * layout.size, isList ? (given as unknown[])[index] : value);
    }
  }
  return { count, bytes, initial };
}

/** The offset of that many bytes. Throws a ResourceError when there is no room. */
export function allocate(core: InstanceCore, bytes: number): number {
  return there(core, checked(binding.malloc(core.handle, Math.max(bytes, 1)), core), bytes);
}

/** The offset of a copy. */
export function duplicate(core: InstanceCore, bytes: Uint8Array): number {
  if (bytes.length === 0) return allocate(core, 0);
  return there(core, checked(binding.dup(core.handle, bytes), core), bytes.length);
}

function there(core: InstanceCore, offset: number | undefined, bytes: number): number {
  if (offset !== undefined && offset !== 0) return offset;
  throw core.pendingError() ?? new ResourceError(missing(core, bytes), { code: 'GuestHeap' });
}

/** Names of functions that make an allocator, as wasm_runtime_module_malloc looks for them. */
const allocators = [['malloc'], ['__new', '__pin'], ['__new', '__retain']];
const releases = ['free', '__release', '__unpin'];

function missing(core: InstanceCore, bytes: number): string {
  const { module } = core;
  const exported = (name: string): boolean => module.exportIndex(name) !== undefined;
  const hasOwn = allocators.some((names) => names.every(exported)) && releases.some(exported);
  const numbers = binding.instanceNumbers(core.handle, 0);
  const heap = numbers !== undefined && 'memories' in numbers ? (numbers.heapCapacity ?? 0) : 0;
  if (hasOwn || heap > 0) return `the guest has no room for ${bytes} bytes`;
  return (
    'there is no heap: the module exports no allocator (malloc and free), so give instantiate ' +
    'a heapSize in bytes'
  );
}
