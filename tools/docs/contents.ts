/** What the site has, in order: the repository's own Markdown, and what is made from its sources. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A page that lies in the repository, by its path from the root. */
export interface Chapter {
  title: string;
  pages: readonly string[];
}

/** Headers that a reader of C wants first, in that order; `wembed.h` says which parts it has. */
const first = ['wembed.h', 'wasm_export.h', 'lib_export.h', 'wasm_c_api.h', 'bh_platform.h'];

/** Those that only lead to another. */
const forwarding = [
  'bh_getopt.h',
  'platform_api_extension.h',
  'platform_api_vmcore.h',
  'platform_internal.h',
];

/** The public headers that have a reference: ours, those of `wembed.h` in its order, then WAMR's. */
export function headersOf(root: string): string[] {
  const all = readdirSync(join(root, 'include')).filter((name) => name.endsWith('.h'));
  const [main = '', ...others] = first;
  const text = readFileSync(join(root, 'include', main), 'utf8');
  const parts = [...text.matchAll(/^ \* {3}(wembed_\w+\.h) /gm)].map(([, name = '']) => name);
  const ours = all.filter((name) => name.startsWith('wembed_')).sort();
  const wanted = [main, ...parts, ...ours, ...others, ...all.sort()];
  return [...new Set(wanted)].filter((name) => !forwarding.includes(name));
}

export const chapters: readonly Chapter[] = [
  {
    title: 'First steps',
    pages: ['docs/guides/first-node.md', 'docs/guides/first-c.md', 'docs/porting-from-wamr.md'],
  },
  {
    title: 'Guides',
    pages: [
      'docs/guides/limits.md',
      'docs/guides/untrusted.md',
      'docs/memory.md',
      'docs/guides/pools.md',
      'docs/guides/structs.md',
      'docs/guides/host-functions.md',
      'docs/guides/errors.md',
      'docs/exceptions.md',
      'docs/threads.md',
      'docs/types.md',
      'docs/typed-modules.md',
      'docs/debugging.md',
      'docs/wasi.md',
      'docs/guides/from-webassembly.md',
      'docs/guides/from-isolated-vm.md',
      'docs/guides/cpp-cmake.md',
    ],
  },
  {
    title: 'Programs',
    pages: [
      'docs/guides/plugin-host.md',
      'docs/guides/image-pipeline.md',
      'docs/guides/c-host-with-pool.md',
    ],
  },
  {
    title: 'Manual',
    pages: [
      'docs/install.md',
      'docs/building.md',
      'docs/command.md',
      'docs/wamr-compat.md',
      'bench/README.md',
    ],
  },
  {
    title: 'The project',
    pages: [
      'CHANGELOG.md',
      'SECURITY.md',
      'docs/design.md',
      'docs/security.md',
      'docs/rationale.md',
      'docs/promises.md',
      'CONTRIBUTING.md',
    ],
  },
];

/** Chapters that are made: the title of each, for the order. */
export const made = {
  typescript: 'TypeScript reference',
  c: 'C reference',
  examples: 'Examples',
} as const;
