/** A hash that is slow on purpose, by a small module. */
import { required } from '../../test/packages/program.js';

interface Package {
  readonly bcrypt: (options: object) => Promise<string>;
}

export function start(): Promise<() => unknown> {
  const { bcrypt } = required<Package>('hash-wasm');
  const salt = Buffer.from('sixteen bytes...');
  return Promise.resolve(() => bcrypt({ password: 'guest', salt, costFactor: 7 }));
}
