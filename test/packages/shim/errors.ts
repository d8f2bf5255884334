/** The errors of `WebAssembly`, which those of wembed are instances of too. */
import * as wembed from 'wembed';

type Kind = abstract new (...args: never[]) => Error;

/** A class of errors, which takes wembed's for its own. */
function errorLike(name: string, kind: Kind): ErrorConstructor {
  const made = {
    [name]: class extends Error {
      override readonly name = name;
      static override [Symbol.hasInstance](value: unknown): boolean {
        return value instanceof kind || Function.prototype[Symbol.hasInstance].call(this, value);
      }
    },
  }[name];
  return made as unknown as ErrorConstructor;
}

export const CompileError = errorLike('CompileError', wembed.CompileError);
export const LinkError = errorLike('LinkError', wembed.LinkError);
export const RuntimeError = errorLike('RuntimeError', wembed.Trap);

/** What a program gets for what wembed has thrown: an error of the host's own goes on as it is. */
export function rethrown(error: unknown): unknown {
  if (!(error instanceof wembed.Trap)) return error;
  if (error.code === 'HostException' && 'cause' in error) return error.cause;
  if (error.code !== 'StackOverflow') return error;
  return new RangeError('Maximum call stack size exceeded', { cause: error });
}
