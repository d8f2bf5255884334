/** How a runtime gets its memories and what became of it, as plain data. */
import { getSystemErrorName } from 'node:util';
import type { RawMemoryReport, RawMemoryStep } from '../raw/binding.js';
import { type MemoryStrategy, strategyOf } from './memory_options.js';

/** What became of one step of the ladder. */
export interface MemoryStepReport {
  /** Which step. */
  readonly strategy: Exclude<MemoryStrategy, 'ladder'>;
  /** What became of it. */
  readonly outcome: 'not-tried' | 'refused' | 'taken';
  /** Why it was refused, else empty. */
  readonly reason: string;
  /** The system's error behind a refusal. */
  readonly errno: number | undefined;
  /** Its name, for example `ENOMEM`. */
  readonly error: string | undefined;
  /** Bytes of address space that the step takes, when it is a matter of size. */
  readonly wanted: number | undefined;
  /** What there was of it, as far as known. */
  readonly available: number | undefined;
}

/** A runtime's pool of memories. Sizes are bytes; what counts begins with the runtime. */
export interface MemoryPoolReport {
  /** Accesses go unchecked. */
  readonly guarded: boolean;
  /** A memory that finds no slot is an error. */
  readonly strict: boolean;
  /** Memories that it has room for. */
  readonly slots: number;
  /** Of the largest memory in the pool. */
  readonly slotBytes: number;
  /** Address space of all slots. */
  readonly reservedBytes: number;
  /** Storage that a free slot may keep. */
  readonly keepResident: number;
  /** Slots in use now, and the most there have been. */
  readonly live: number;
  /** The most slots that were in use at a time. */
  readonly peak: number;
  /** Memories made from a slot. */
  readonly hits: number;
  /** Of these: the slot held the module's initial contents already. */
  readonly imageHits: number;
  /** Memories made on demand although there is a pool. */
  readonly misses: number;
  /** Requests when no slot was free. */
  readonly foundFull: number;
  /** Requests for more than a slot has. */
  readonly neverFitted: number;
  /** Memories that grew beyond their slot and went on outside of it. */
  readonly outgrown: number;
}

/** The system as it was when the runtime was made. Sizes are bytes; Infinity is no limit. */
export interface MemorySystemReport {
  /** That this process may use. */
  readonly processors: number;
  /** Whether it runs under a hypervisor. */
  readonly virtual: boolean;
  /** How the kernel grants memory; undefined: not known. */
  readonly overcommit: 'heuristic' | 'always' | 'never' | undefined;
  /** Whether the kernel uses large pages; undefined: not known. */
  readonly largePages: 'never' | 'on-request' | 'always' | undefined;
  /** In bytes; undefined: not known. */
  readonly freeMemory: number | undefined;
  /** Of the control group, in bytes. */
  readonly groupLimit: number;
  /** Of that limit. */
  readonly groupUsed: number;
  /** RLIMIT_AS, in bytes. */
  readonly addressLimit: number;
  /** Of that limit. */
  readonly addressUsed: number;
  /** How many mappings a process may have. */
  readonly mappingLimit: number;
}

/** How a runtime gets its memories, why so, and what became of it. A copy: it does not change. */
export interface MemoryReport {
  /** What was asked for, and where. */
  readonly wish: MemoryStrategy;
  /** `default`: nobody asked. */
  readonly wishSource: 'default' | 'environment' | 'option';
  /** The step that was taken. */
  readonly taken: Exclude<MemoryStrategy, 'ladder'>;
  /** Pool, small pool, on demand. */
  readonly steps: readonly MemoryStepReport[];
  /** undefined: there is none. */
  readonly pool: MemoryPoolReport | undefined;
  /** undefined: it was not looked at, since nobody asked for a pool. */
  readonly system: MemorySystemReport | undefined;
  /** The essence as one line. */
  readonly text: string;
}

const outcomes = ['not-tried', 'refused', 'taken'] as const;
const sources = ['default', 'environment', 'option'] as const;
const overcommits = [undefined, 'heuristic', 'always', 'never'] as const;
const largePages = [undefined, 'never', 'on-request', 'always'] as const;
const steps = ['pool', 'small-pool', 'on-demand'] as const;

function some(value: number): number | undefined {
  return value === 0 ? undefined : value;
}

function stepOf(raw: RawMemoryStep, index: number): MemoryStepReport {
  return {
    strategy: steps[index] ?? 'on-demand',
    outcome: outcomes[raw.outcome] ?? 'not-tried',
    reason: raw.reason,
    errno: some(raw.errno),
    error: raw.errno === 0 ? undefined : getSystemErrorName(-raw.errno),
    wanted: some(raw.wanted),
    available: some(raw.available),
  };
}

/** From the addon's numbers. */
export function memoryReportOf(raw: RawMemoryReport): MemoryReport {
  const taken = strategyOf(raw.taken);
  const { system } = raw;
  return {
    wish: strategyOf(raw.wish),
    wishSource: sources[raw.wishSource] ?? 'default',
    taken: taken === 'ladder' ? 'on-demand' : taken,
    steps: raw.steps.map(stepOf),
    pool: raw.pool.slots === 0 ? undefined : raw.pool,
    system:
      // A process that was looked at uses some.
      system.addressUsed === 0 && system.freeMemory === 0
        ? undefined
        : {
            ...system,
            overcommit: overcommits[system.overcommit],
            largePages: largePages[system.largePages],
            freeMemory: some(system.freeMemory),
          },
    text: raw.text,
  };
}
