/** Stopping what runs from JavaScript. */
import { type Cause, ResourceError } from '../base/errors.js';
import { binding, type StopHandle } from '../raw/binding.js';
import type { RuntimeCore } from './runtime_core.js';

/** Takes the reason why the guest is being stopped: a link group. */
interface Stopped {
  cause: Cause | undefined;
}

/** A signal turned into a stop request while something runs. */
export class Stop {
  readonly handle: StopHandle;
  readonly #signal: AbortSignal | undefined;
  readonly #listener: () => void;
  readonly #group: () => Stopped;
  #cause: Cause | undefined;

  constructor(
    runtime: RuntimeCore,
    signal: AbortSignal | undefined,
    group: () => Stopped,
    onStop?: () => void,
  ) {
    signal?.throwIfAborted();
    const handle = binding.stopNew(runtime.open().handle);
    if (handle === undefined) throw new ResourceError('out of memory', { code: 'OutOfMemory' });
    this.handle = handle;
    this.#signal = signal;
    this.#group = group;
    this.#listener = () => {
      this.#cause = { error: signal?.reason };
      group().cause ??= this.#cause;
      binding.stopRequest(handle);
      onStop?.();
    };
    signal?.addEventListener('abort', this.#listener, { once: true });
  }

  end(): void {
    this.#signal?.removeEventListener('abort', this.#listener);
    // A call that ended before it could be stopped must not leave its reason to the next.
    const group = this.#group();
    if (this.#cause !== undefined && group.cause === this.#cause) group.cause = undefined;
  }
}
