/** What runtimes, modules and instances have in common: they are closed. */
import './dispose.js';
import { UsageError } from './errors.js';

/**
 * Closing is explicit (`close()`, or `using`), may be repeated, and closes what was made from it.
 * What is never closed is closed when it is collected.
 */
export abstract class Handle implements Disposable {
  /** @internal */
  abstract readonly what: string;
  /** Whether it was closed, itself or with what it was made from. */
  abstract get closed(): boolean;
  /** @internal False when something of it is running. */
  protected abstract end(): boolean;

  /** Ends it. Throws a UsageError while one of its functions is running. */
  close(): void {
    if (this.closed) return;
    if (!this.end()) {
      throw new UsageError(`the ${this.what} cannot be closed: a function of it is running`);
    }
  }

  /** Closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal What was closed, itself or something that it was made from. */
  closedText(): string {
    return `the ${this.what} is closed`;
  }

  /** @internal Throws when it is closed. */
  open(): this {
    if (this.closed) throw new UsageError(this.closedText());
    return this;
  }
}
