/** The same kernels on every memory backend: what checking accesses costs, and that nothing else does. */
import { compileKernels } from './compile.js';
import { kernelClocks } from './kernels.js';
import { compare, type Section } from './measure.js';
import { failed, type Row } from './row.js';

/** The steps of step.c. */
export const steps = ['mapped', 'heap', 'buffer', 'functions', 'pool', 'small-pool'];

/** Those that use memory in different ways: words, bytes, large strides, in bulk, hardly at all. */
const kernels = ['stream', 'sieve', 'sha256', 'quicksort', 'matmul_f64', 'bulk', 'collatz'];

const unchecked = ['mapped', 'pool'];

export const measureBackends: Section = async (host, settings, show) => {
  const name = (kernel: string, step: string): string => `backend/${kernel}@${step}`;
  const wanted = (kernel: string): string[] =>
    settings.backends.filter((step) => settings.filter.test(name(kernel, step)));
  const all: Row[] = [];
  for (const kernel of await compileKernels(
    (one) => kernels.includes(one) && wanted(one).length > 0,
  )) {
    const rows = wanted(kernel.name).map((step): Row => ({
      name: name(kernel.name, step),
      what: `one pass, ${unchecked.includes(step) ? 'unchecked' : 'checked'} accesses`,
      unit: 'ns',
    }));
    try {
      const clocks = await kernelClocks(host, kernel, settings);
      const parts = rows.map((row, i) => ({
        row,
        wembed: clocks.wembed(wanted(kernel.name)[i] ?? ''),
      }));
      all.push(...(await compare(parts, clocks.v8, settings.rounds)));
    } catch (error) {
      all.push(...rows.map((row) => failed(row, error)));
    }
    all.slice(-rows.length).forEach(show);
  }
  return all;
};
