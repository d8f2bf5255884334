/** The programs of programs/. */
import type { Feature } from 'wembed';

export interface Program {
  /** Its package; `small`: a development dependency, so that it is always there. */
  readonly uses: string;
  readonly small?: boolean;
  /** What its modules have to use. */
  readonly brings: readonly Feature[];
  /** The program is another's, whose modules get `try_table` for `try` when wembed runs it. */
  readonly converts?: string;
}

export const programs: Readonly<Record<string, Program>> = {
  hash_wasm: { uses: 'hash-wasm', small: true, brings: [] },
  zstd: { uses: '@bokuweb/zstd-wasm', small: true, brings: [] },
  sqljs: { uses: 'sql.js', brings: [] },
  resvg: { uses: '@resvg/resvg-wasm', brings: [] },
  quickjs: { uses: 'quickjs-emscripten', brings: [] },
  argon2: { uses: 'argon2-browser', small: true, brings: ['simd'] },
  meshoptimizer: { uses: 'meshoptimizer', small: true, brings: ['simd'] },
  rapier: { uses: '@dimforge/rapier3d-simd-compat', brings: ['simd'] },
  rnnoise: { uses: '@shiguredo/rnnoise-wasm', brings: [] },
  tfjs: { uses: '@tensorflow/tfjs-backend-wasm', brings: ['simd'] },
  webp: { uses: '@jsquash/webp', small: true, brings: ['simd'] },
  cwasm_webp: { uses: '@cwasm/webp', brings: [] },
  sh_syntax: { uses: 'sh-syntax', brings: [] },
  assembly_script: { uses: '@assemblyscript/wasi-shim', brings: [] },
  ruby: { uses: '@ruby/3.4-wasm-wasi', brings: [] },
  perl: { uses: '@6over3/zeroperl-ts', brings: [] },
  vips: { uses: 'wasm-vips', brings: ['simd', 'threads', 'legacyExceptions'] },
  z3: { uses: 'z3-solver', brings: ['threads'] },
  mupdf: { uses: 'mupdf', brings: ['legacyExceptions'] },
  occt: { uses: 'occt-import-js', brings: ['legacyExceptions'] },
  pyodide: { uses: 'pyodide', brings: ['legacyExceptions'] },
  mupdf_exnref: { uses: 'mupdf', converts: 'mupdf', brings: ['exceptions'] },
  occt_exnref: { uses: 'occt-import-js', converts: 'occt', brings: ['exceptions'] },
};
