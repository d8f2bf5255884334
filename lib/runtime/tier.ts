/** Who runs functions: the `tier` option of a runtime, and what became of it. */
import { wordOf } from '../base/options.js';
import type { RawTierReport } from '../raw/binding.js';

/**
 * How functions are run: `off` interprets them, `first_call` makes machine code of each at its
 * first call, `sampled` of those found running again and again, on a thread of its own, `all` of all
 * when the first instance of their module is made. Functions with something that machine code does
 * not know yet (vectors, exceptions, objects), and calls with `fuel`, are interpreted.
 */
export type Tier = 'off' | 'first_call' | 'sampled' | 'all';

/** What became of the wish for a tier. */
export interface TierReport {
  /** What was asked for, by the option or by the environment. */
  readonly wish: Tier;
  /** What is in force: `off` where the wish is not possible here. */
  readonly taken: Tier;
  /** Why it is not; else empty. */
  readonly reason: string;
  /** The system's error number behind that; 0: none. */
  readonly errorNumber: number;
  /** Bytes of memory for machine code, in the whole process. */
  readonly codeBytes: number;
  /** Functions of the whole process that became machine code so far. */
  readonly functions: number;
  /** Loops that did so that a function could go on in it in the middle of a call. */
  readonly loops: number;
  /**
   * Functions of the whole process that are interpreted although there is machine code, with
   * `sampled` those that were found running often.
   */
  readonly refused: number;
  /**
   * The same by reasons, as far as there are any: `vectors`, `exceptions`, `tail_calls`, `objects`,
   * `atomics`, `metered` (calls with `fuel`), `mode`, `too_large`, `code_space` and the like.
   */
  readonly refusals: Readonly<Record<string, number>>;
}

/** In the order of the C API, whose 0 is the default. */
const tiers = ['off', 'first_call', 'sampled', 'all'] as const;

/** The C API's number of an option. */
export function tierNumber(tier: Tier | null | undefined): number {
  if (tier === undefined || tier === null) return 0;
  return tiers.indexOf(wordOf(tier, tiers, 'the tier')) + 1;
}

/** What the addon tells. */
export function tierReportOf(raw: RawTierReport): TierReport {
  return {
    wish: tiers[raw.wish - 1] ?? 'off',
    taken: tiers[raw.taken - 1] ?? 'off',
    reason: raw.reason,
    errorNumber: raw.errorNumber,
    codeBytes: raw.codeBytes,
    functions: raw.functions,
    loops: raw.loops,
    refused: raw.refused,
    refusals: raw.refusals,
  };
}
