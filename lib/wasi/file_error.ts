/** Why the host could not do something in a guest's directory. */
import { WembedError } from '../base/errors.js';
import { binding } from '../raw/binding.js';

/** A file operation has failed: of the host's in a Directory, or in a callback directory. `code` is as of Node's: `ENOENT`. */
export class FileError extends WembedError {
  override name = 'FileError';
  /** The error number of WASI: 44 for what is not there. */
  readonly errno: number;
  /** The path, as it was given. */
  readonly path: string;

  /**
   * `errno`: the error number of WASI. `what`: what could not be done, as in `read`. Functions of a
   * callback directory throw it to tell the guest.
   */
  constructor(errno: number, what: string, path: string) {
    const code = `E${binding.wasiErrorName(errno)}`;
    super(`${what} '${path}': ${code}`, { code });
    this.errno = errno;
    this.path = path;
  }
}
