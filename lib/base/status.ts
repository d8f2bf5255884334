/** What functions of the binding leave in the status word, as errors. */
import { Status, Word, i32 } from '../raw/cell.js';
import { UsageError } from './errors.js';

/** What was used: tells what was closed when it is not there any more. */
export interface Used {
  closedText(): string;
}

/** What a status other than OK and FAILED means for it. */
export function statusError(status: number | undefined, used: Used): UsageError {
  switch (status) {
    case Status.CLOSED:
      return new UsageError(used.closedText());
    case Status.BUSY:
      return new UsageError(
        'the instance is busy: an asynchronous call of it, or of one linked to it, is running',
      );
    case Status.ACTIVE:
      return new UsageError('a function of the instance is running');
    case Status.MOVED:
      return new UsageError(
        'a buffer of its memory was transferred, by a stream or by hand, and still shows it: make a new instance',
      );
    default:
      return new UsageError('the instance is still being made');
  }
}

/** Passes on what a function of the binding returned, unless it was refused. */
export function checked<T>(result: T, used: Used): T {
  checkStatus(used);
  return result;
}

/** Throws when the last function of the binding was refused. */
export function checkStatus(used: Used): void {
  const status = i32[Word.STATUS];
  if (status !== Status.OK) throw statusError(status, used);
}
