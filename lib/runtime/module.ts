/** A loaded module: checked, immutable, to be instantiated any number of times. */
import { ModuleCore } from '../core/module_core.js';
import { type AsyncInstance, type ExportedFunctions, Instance } from '../instance/instance.js';
import {
  type AsyncInstantiateOptions,
  type InstantiateOptions,
  instantiate,
} from './instantiate.js';
import { type ModuleToken, share } from './sharing.js';

// Said here, since an instance does not know what it is made from.
declare module '../instance/instance.js' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- they have to be those of the class
  interface Instance<E extends object, D> {
    /** What it was made from. */
    readonly module: Module;
  }
}

/**
 * A module that was loaded and checked. It does not change, any number of instances may be made of
 * it. Closing it closes them, and lets go of its bytes.
 */
export class Module extends ModuleCore {
  /**
   * A token by which other threads of this process open the same module: `Runtime.open(token)`.
   * Nothing is copied or checked again, and code that one thread has translated serves all. The
   * token keeps nothing alive: it opens the module as long as any thread has it open, which may be
   * another one than this. Throws a UsageError when the module uses bytes of this thread's
   * (ownership `transfer` or `borrow`).
   */
  share(): ModuleToken {
    return share(this);
  }

  /** With `data` for its host functions; all of `E` and `D` are to be named, or none. */
  instantiate<E extends object = ExportedFunctions, D = unknown>(
    options: InstantiateOptions<D> & { readonly data: D },
  ): Instance<E, D>;
  /** For calls by `callAsync` alone. */
  instantiate<E extends object = ExportedFunctions, D = unknown>(
    options: AsyncInstantiateOptions<D> & { readonly data: D },
  ): AsyncInstance<E, D>;
  instantiate<E extends object = ExportedFunctions>(
    options: AsyncInstantiateOptions,
  ): AsyncInstance<E>;
  // The last one, since the compiler tells of this when none fits.
  /**
   * Makes an instance and runs its start function. Every import that is missing or of another
   * type is named in one LinkError, unless `strict` is false.
   */
  instantiate<E extends object = ExportedFunctions>(options?: InstantiateOptions): Instance<E>;
  instantiate<E extends object, D>(
    options?: InstantiateOptions<D> | AsyncInstantiateOptions<D>,
  ): Instance<E, D> {
    this.open();
    return instantiate(this, options, (core) => new Instance<E, D>(core));
  }
}
