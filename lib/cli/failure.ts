/** Exit codes, and the error that carries one with what to tell the user. */
export const FAILED = 1;
export const USAGE = 2;

export class Failure extends Error {
  constructor(
    message: string,
    readonly exitCode: number = FAILED,
  ) {
    super(message);
  }
}

/** The essence of any error, for one line. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
