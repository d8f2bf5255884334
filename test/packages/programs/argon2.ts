/** The SIMD build of argon2. */
import { bytesOf, required, tell } from '../program.js';

interface Argon2 {
  hash(options: object): Promise<{ hashHex: string; encoded: string }>;
}

export async function run(): Promise<void> {
  // It looks for its options where browsers have them.
  Object.assign(globalThis, {
    self: globalThis,
    Module: { wasmBinary: bytesOf('argon2-browser/dist/argon2-simd.wasm') },
    loadArgon2WasmModule: async () => {
      const made = required<{ calledRun?: boolean; postRun?: () => void }>(
        'argon2-browser/dist/argon2.js',
      );
      return Promise.resolve(made);
    },
  });
  const argon2 = required<Argon2>('argon2-browser');
  for (const type of [0, 1, 2]) {
    const options = { pass: 'guest', salt: 'sixteen bytes...', time: 2, mem: 1024, type };
    tell(`type ${type}`, await argon2.hash(options));
  }
}
