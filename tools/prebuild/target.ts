/** For which systems the package has a binary, and what those made here are compiled with. */
import type { GlibcVersion } from './stub_libraries.js';

/** Node itself asks for 2.28, from version 18 on. */
export const glibcFloor: GlibcVersion = [2, 28];

export interface Target {
  /** `<platform>-<arch>`, as lib's loader looks for it; musl is a platform of its own. */
  name: string;
  arch: 'x64' | 'arm64';
  /** Begins the names of gcc's programs. */
  prefix: string;
  /** As uname says it. */
  processor: string;
  /** Debian's packages that have the compiler. */
  packages: string;
}

/** Made by `npm run prebuild`; no package without these. */
export const targets: readonly Target[] = [
  {
    name: 'linux-x64',
    arch: 'x64',
    prefix: process.arch === 'x64' ? '' : 'x86_64-linux-gnu-',
    processor: 'x86_64',
    packages: process.arch === 'x64' ? 'g++' : 'g++-x86-64-linux-gnu',
  },
  {
    name: 'linux-arm64',
    arch: 'arm64',
    prefix: process.arch === 'arm64' ? '' : 'aarch64-linux-gnu-',
    processor: 'aarch64',
    packages: process.arch === 'arm64' ? 'g++' : 'g++-aarch64-linux-gnu',
  },
];
