/** Memories that several threads use: how they are made, passed on and opened. */
import { randomUUID } from 'node:crypto';
import { UsageError } from '../base/errors.js';
import { InstanceCore } from '../core/instance_core.js';
import type { ModuleCore } from '../core/module_core.js';
import { type Memory, memoryParts } from '../guest/memory.js';
import { MEMORY } from '../raw/value_type.js';
import { binding } from '../raw/binding.js';
import { type ModuleToken, share } from './sharing.js';

/**
 * Stands for a shared memory of this process, see `Runtime.shareMemory`. A plain object: it can be
 * posted and put into `workerData`. Of the memory it keeps the bytes, and nothing else, alive.
 */
export interface MemoryToken {
  /** Its name in this process. */
  readonly wembedMemory: string;
  /** The module that made it, by which the runtime is found. */
  readonly module: ModuleToken;
  /** Its bytes; undefined where JavaScript has no buffer for them. */
  readonly buffer: SharedArrayBuffer | undefined;
}

/** Bytes of a page. */
export const PAGE = 65_536;
const MOST_PAGES = 65_536;

/** Bytes that an instance's own shared memory lies in, where JavaScript can have a buffer for it. */
export interface Room {
  readonly buffer: Uint8Array;
  readonly reserved: number;
}

type GrowableConstructor = new (
  bytes: number,
  options: { maxByteLength: number },
) => SharedArrayBuffer;

/** The room for the first memory of the module, with pages for a heap; undefined: not needed. */
export function roomOf(module: ModuleCore, heapSize: number, maxPages: number): Room | undefined {
  if (module.rawImports.some((entry) => entry.kind === MEMORY)) return undefined;
  const memory = module.rawExports.find((entry) => entry.kind === MEMORY);
  if (memory?.shared !== true || (memory.pageSize ?? PAGE) !== PAGE) return undefined;
  const heap = Math.ceil(heapSize / PAGE);
  const most = Math.min((memory.maximum ?? MOST_PAGES) + heap, maxPages, MOST_PAGES);
  const least = (memory.minimum ?? 0) + heap;
  if (most === 0 || least > most) return undefined;
  const reserved = most * PAGE;
  try {
    const Growable = SharedArrayBuffer as unknown as GrowableConstructor;
    const buffer = new Growable(least * PAGE, { maxByteLength: reserved });
    return { buffer: new Uint8Array(buffer), reserved };
  } catch {
    return undefined; // Too large for JavaScript: the core keeps it.
  }
}

/** The memory's token. */
export function shareMemory(memory: Memory): MemoryToken {
  const { guest, index } = memoryParts(memory);
  if (!memory.shared) {
    throw new UsageError('the memory is not shared: its module has to declare it so');
  }
  const wembedMemory = randomUUID();
  if (!(guest instanceof InstanceCore) || index < 0) {
    throw new UsageError('the memory has to be exported to be shared');
  }
  const module = share(guest.module);
  const buffer = memory.sharedBuffer;
  if (binding.memoryShare(guest.handle, index, wembedMemory) !== true) {
    throw new UsageError('the memory cannot be shared now');
  }
  guest.sharesMemory = true;
  return { wembedMemory, module, buffer };
}

/** The token, if it can be one. */
export function checkedMemoryToken(given: unknown): MemoryToken {
  const token = given as Partial<MemoryToken> | null | undefined;
  if (typeof token !== 'object' || typeof token?.wembedMemory !== 'string') {
    throw new UsageError('openMemory takes a token, which Runtime.shareMemory gives');
  }
  return token as MemoryToken;
}
