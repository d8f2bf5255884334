/**
 * `asc app.ts --exportRuntime --transform wembed/assemblyscript`: what the compiler knows of the
 * program's types goes into a section of the module, where `wembed types` finds it.
 */
import { sectionName } from '../types/description.js';
import type { AscModule, AscProgram } from './compiler.js';
import { describeProgram } from './describe.js';

/** The transform, as AssemblyScript's compiler wants it. */
class WembedTypes {
  /** Set by the compiler before it makes one. */
  declare readonly program: AscProgram;

  /** Called when the module is made and not yet optimized. */
  afterCompile(module: AscModule): void {
    const text = JSON.stringify(describeProgram(this.program));
    module.addCustomSection(sectionName, new TextEncoder().encode(text));
  }
}

// The compiler takes what the file is, not a default in it.
export = WembedTypes;
