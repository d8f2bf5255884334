/** Node's permission model, which knows nothing of what an addon does. */
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../base/errors.js';

/** There under `--permission` only. */
interface Permission {
  has(scope: string, reference?: string): boolean;
}

/**
 * Throws what Node throws for a file that may not be read. A path of bytes that are no text cannot
 * be asked for: it is readable where everything is.
 */
export function requireReadable(path: Uint8Array): void {
  requireScope('fs.read', path, constants.R_OK);
}

/** The same for a directory in which something is going to be written. */
export function requireWritable(path: Uint8Array): void {
  requireScope('fs.write', path, constants.W_OK);
}

/** Throws when Node's permissions are about the network and do not allow it. */
export function requireNetwork(): void {
  const { permission } = process as { permission?: Permission };
  const isAsked = process.allowedNodeEnvironmentFlags.has('--allow-net');
  if (permission === undefined || !isAsked || permission.has('net')) return;
  throw new UsageError("Node's permissions do not allow the network");
}

function requireScope(scope: string, path: Uint8Array, mode: number): void {
  const { permission } = process as { permission?: Permission };
  if (permission === undefined || permission.has(scope)) return;
  const text = Buffer.from(path).toString();
  const isText = Buffer.from(text).equals(path);
  if (isText && permission.has(scope, resolve(text))) return;
  accessSync(Buffer.from(path), mode);
  throw refused(scope, text);
}

/** For what Node lets be looked at, but not used so. */
function refused(scope: string, path: string): Error {
  return new UsageError(`Node's permissions do not allow ${scope} of '${path}'`);
}
