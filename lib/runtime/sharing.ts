/** Modules that several threads use: what is passed on, and which runtimes this thread has of them. */
import { randomUUID } from 'node:crypto';
import { UsageError } from '../base/errors.js';
import type { Limits } from '../core/limits.js';
import type { ModuleCore } from '../core/module_core.js';
import type { RuntimeCore } from '../core/runtime_core.js';
import { binding } from '../raw/binding.js';

/**
 * Stands for a module of this process, see `Module.share`. A plain object: it can be posted, cloned
 * and put into `workerData`. It keeps nothing alive.
 */
export interface ModuleToken {
  /** Its name in this process. */
  readonly wembedModule: string;
  /** As `Module.name`. */
  readonly name: string;
  /** Of the runtime that loaded it. */
  readonly limits: Limits;
  /** Of that runtime too. */
  readonly leakWarnings: boolean;
}

/** The runtimes of shared modules that this thread has, weakly, by their number. */
const runtimes = new Map<number, WeakRef<RuntimeCore>>();

const forget = new FinalizationRegistry<number>((number) => {
  if (runtimes.get(number)?.deref() === undefined) runtimes.delete(number);
});

/** From now on it is found under that number. */
export function remember(number: number, runtime: RuntimeCore): void {
  if (runtimes.get(number)?.deref() === runtime) return;
  runtimes.set(number, new WeakRef(runtime));
  forget.register(runtime, number);
}

/** The runtime of that number which this thread has open. */
export function remembered(number: number): RuntimeCore | undefined {
  const runtime = runtimes.get(number)?.deref();
  return runtime?.closed === false ? runtime : undefined;
}

/** The module's token. */
export function share(module: ModuleCore): ModuleToken {
  const { runtime, name } = module.open();
  const wembedModule = binding.moduleShare(module.handle, randomUUID());
  if (wembedModule === undefined) {
    throw new UsageError(
      'the bytes of the module belong to this thread: load it with the ownership `copy`, or by ' +
        'loadFile, to share it',
    );
  }
  remember(binding.runtimeNumber(runtime.handle), runtime);
  const { limits, leakWarnings } = runtime;
  return { wembedModule, name, limits, leakWarnings };
}

/** The token, if it can be one. */
export function checkedToken(given: unknown): ModuleToken {
  const token = given as Partial<ModuleToken> | null | undefined;
  if (typeof token !== 'object' || typeof token?.wembedModule !== 'string') {
    throw new UsageError('open takes a token, which module.share() gives');
  }
  return token as ModuleToken;
}

/** Passes on what the addon gave for the token, unless there is nothing. */
export function present<T>(found: T | undefined): T {
  if (found !== undefined) return found;
  throw new UsageError(
    'the shared module is gone: nobody in this process has it open. Keep it open until the others have opened it',
  );
}
