/** Whose memory it is: what memories and buffers need of the instance they belong to. */
import type { WembedError } from '../base/errors.js';
import type { Used } from '../base/status.js';
import type { InstanceHandle } from '../raw/binding.js';

/** A buffer that the host owns. */
export interface BufferInspection {
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** Name of its layout. */
  readonly layout: string;
  /** Elements. */
  readonly length: number;
  /** All of it. */
  readonly bytes: number;
}

/** An instance as its memories and buffers see it. */
export interface Guest extends Used {
  readonly handle: InstanceHandle;
  readonly closed: boolean;
  /** Counts resets: what was allocated in an earlier life is gone. */
  readonly life: number;
  /** Buffers over its memories, held so that the addon can tell a moved one from a collected one. */
  readonly shown: Map<number, ArrayBuffer>;
  /** What the host owns in its memory: see OwnedBuffer. */
  readonly buffers: Set<BufferInspection>;
  /** Whether others may see its memory from now on, whoever has it: see Memory.shared. */
  sharesMemory: boolean;
  /** Whether a buffer that only the collector frees is reported. */
  readonly leakWarnings: boolean;
  /** The error that the last use of its allocator left. */
  pendingError(): WembedError | undefined;
}
