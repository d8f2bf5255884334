/** Builds for other processors than this machine's, and the small one: how what they make is run. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Architecture {
  /** -D values for CMake. */
  settings: string[];
  /** What runs its programs; empty: the machine itself. */
  emulator: string[];
  /** ctest's tests that are run, as a regular expression. */
  wanted: string;
  /** Those of them that are not, because an emulator is not the system. */
  unwanted?: string;
  /** What has to be there and is not. */
  missing: () => string | undefined;
}

const has = (command: string): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

const qemu = process.env['WEMBED_QEMU'] ?? 'qemu-aarch64';

/**
 * Not under qemu-user: programs that lower RLIMIT_AS, which it does not heed; that put up signal
 * handlers, stacks and filters of system calls by hand or look at /proc, which shows the emulator;
 * that fork with threads, which it does not survive, or start themselves again; pools, which are refused where reservations are
 * dear, as under qemu 7; and growth, which is not its own.
 */
const notEmulated = [
  'unit/memory/(backends|tiers|pool)',
  'unit/platform/(system|fault|memory|stack|lost_bytes|timer)',
  'unit/complexity/',
  'unit/runtime/contention', // which is about x86-64
  'api/.*@(small-)?pool',
  'api/(inspect|memories|shared_memory|signals|tail_calls|tier_lifetimes|wrong_order|wembed_(context|memory|reset|slices|threads))$',
];

/** This machine's, without some parts: what is left goes on to work. */
const without = (...parts: string[]): Architecture => ({
  settings: parts.map((part) => `-DWEMBED_${part}=OFF`),
  emulator: [],
  wanted:
    '^(api/(calls|execute|lifecycle|load|natives|porting|wasi_.*|libc_.*|wasm_c_api|wembed_(load|link))|' +
    'hosts/(callbacks|threads|standard_clone|guest_printf|standard_imports)|command)$',
  missing: () => undefined,
});

export const architectures: Record<string, Architecture> = {
  arm64: {
    settings: ['-DCMAKE_TOOLCHAIN_FILE=cmake/arm64-linux.cmake', '-DWEMBED_TEST_TIMEOUT=1800'],
    emulator: [qemu, '-L', '/usr/aarch64-linux-gnu'],
    wanted: '^(unit|api)/|abi/rounding',
    unwanted: `^(${notEmulated.join('|')})`,
    missing: () => {
      if (!has('aarch64-linux-gnu-g++')) return 'apt-get install g++-aarch64-linux-gnu';
      return has(qemu) ? undefined : 'apt-get install qemu-user';
    },
  },
  // A processor whose multiply-add is fused, where the compiler may use it.
  'x86-64-v3': {
    settings: ['-DCMAKE_C_FLAGS=-march=x86-64-v3', '-DCMAKE_CXX_FLAGS=-march=x86-64-v3'],
    emulator: [],
    wanted: '^(unit/(isa|interp)/|abi/rounding)',
    missing: () =>
      /\bfma\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))
        ? undefined
        : 'a processor with fused multiply-add',
  },
  // Without the parts that can be left out, and without one of them. Not in CI, whose small build has
  // none of them either.
  bare: without('WASI', 'LIBC_BUILTIN', 'DWARF'),
  'no-libc': without('LIBC_BUILTIN'),
  'no-wasi': without('WASI'),
  // What a small build has is what it has on every processor; no pools, no inspection.
  small: {
    settings: ['-DWEMBED_SMALL=ON'],
    emulator: [],
    wanted:
      '^(api/(calls|exceptions|execute|memory|natives|wembed_(calls|link|load|resume))|' +
      'unit/(interp|isa|platform|tiers)/.*|abi/(abi|abi_cpp|thunks))$',
    missing: () => undefined,
  },
  // Small, and without most of what came after WebAssembly 2.0: what is left goes on to work.
  smallest: {
    settings: ['-DWEMBED_SMALL=ON', '-DWEMBED_FEATURES=exceptions;legacy-exceptions;tail-calls'],
    emulator: [],
    wanted: '^(api/(calls|execute|memory|left_out|natives|wembed_(calls|load))|abi/(abi|abi_cpp))$',
    missing: () => undefined,
  },
};
