/**
 * Names of functions as their source has them, of the forms that C++ (Itanium's ABI) and Rust (both
 * of its own) give to linkers: paths, types of templates, kinds of special functions. What follows a
 * path, the types of parameters, is left out. Names come from files that nobody trusts: whatever is
 * not understood, too deep or too long is left as it is.
 */
import { Itanium } from './itanium.js';
import { NotUnderstood } from './mangled_reader.js';
import { RustV0, rustLegacy } from './rust_names.js';

const mostLength = 4096;

/** The name in the source; undefined: it is no mangled name, or none that is understood. */
export function demangled(name: string): string | undefined {
  if (name.length > mostLength || !/^(?:_Z|_R)[\w$.]+$/.test(name)) return undefined;
  try {
    if (name.startsWith('_R')) return new RustV0(name).read();
    return rustLegacy(name) ?? new Itanium(name).read();
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}
