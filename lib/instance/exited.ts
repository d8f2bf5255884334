/** How a command has ended. */
import { ExitError } from '../base/errors.js';

/** How a command has ended. */
export interface Exited {
  /** What it gave `proc_exit`; 0 when it returned. */
  readonly exitCode: number;
}

/** How `run` ends: an ExitError is no error here. */
export function exitedBy(run: () => void): Exited {
  try {
    run();
    return { exitCode: 0 };
  } catch (error) {
    if (error instanceof ExitError) return { exitCode: error.exitCode };
    throw error;
  }
}
