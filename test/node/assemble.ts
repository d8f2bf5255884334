/** Modules for the tests, from their text. */
import loadWabt from 'wabt';

const features = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
  extended_const: true,
  simd: true,
  threads: true,
  exceptions: true,
};

const wabt = loadWabt();

/** The module's bytes, with function names unless they are not wanted. */
export async function assemble(text: string, { names = true } = {}): Promise<Uint8Array> {
  const module = (await wabt).parseWat('test.wat', text, features);
  try {
    return module.toBinary({ write_debug_names: names }).buffer;
  } finally {
    module.destroy();
  }
}
