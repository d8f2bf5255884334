/** Node's permission model, which knows nothing of what an addon does. */
import { accessSync } from 'node:fs';
import { resolve } from 'node:path';

/** There under `--permission` only. */
interface Permission {
  has(scope: string, reference?: string): boolean;
}

/**
 * Throws what Node throws for a file that may not be read. A path of bytes that are no text cannot
 * be asked for: it is readable where everything is.
 */
export function requireReadable(path: Uint8Array): void {
  const { permission } = process as { permission?: Permission };
  if (permission === undefined || permission.has('fs.read')) return;
  const text = Buffer.from(path).toString();
  const isText = Buffer.from(text).equals(path);
  if (!isText || !permission.has('fs.read', resolve(text))) accessSync(Buffer.from(path));
}
