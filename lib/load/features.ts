/** Parts of WebAssembly that a load can do without. */
import { wordOf } from '../base/options.js';
import { UsageError } from '../base/errors.js';

/** Bits of wembed_feature_t. */
const bits = {
  simd: 1,
  multiMemory: 2,
  memory64: 4,
  tailCalls: 8,
  functionReferences: 16,
  gc: 32,
  exceptions: 64,
  relaxedSimd: 128,
  threads: 256,
  legacyExceptions: 512,
  customPageSizes: 1024,
  wideArithmetic: 2048,
} as const;

/** A part of WebAssembly that can be switched off. */
export type Feature = keyof typeof bits;

const names = Object.keys(bits) as Feature[];

/** The bits of the features that `without` names. */
export function featuresOff(without: readonly Feature[] | null | undefined): number {
  if (without === undefined || without === null) return 0;
  if (!Array.isArray(without)) throw new UsageError('without has to be an array of features');
  let sum = 0;
  for (const name of without as readonly unknown[]) sum |= bits[wordOf(name, names, 'without')];
  return sum;
}
