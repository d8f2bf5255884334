/** Hashes, each a small module. */
import { noise, required, tell } from '../program.js';

type Hash = (data: Uint8Array, ...more: unknown[]) => Promise<string>;

interface Package {
  readonly argon2id: (options: object) => Promise<string>;
  readonly bcrypt: (options: object) => Promise<string>;
  readonly scrypt: (options: object) => Promise<string>;
}

const names = [
  ...['md4', 'md5', 'sha1', 'sha256', 'sha512', 'sha3', 'keccak', 'ripemd160', 'whirlpool', 'sm3'],
  ...['blake2b', 'blake2s', 'blake3', 'crc32', 'crc64', 'xxhash32', 'xxhash64', 'xxhash3'],
  ...['xxhash128', 'adler32'],
];

export async function run(): Promise<void> {
  const hashes = required<Package>('hash-wasm');
  const data = noise(100_000);
  for (const name of names) {
    tell(name, await (hashes as unknown as Record<string, Hash>)[name]?.(data));
  }
  const common = { password: 'guest', salt: Buffer.from('sixteen bytes...') };
  tell('argon2id', await hashes.argon2id({ ...common, parallelism: 2, iterations: 2, memorySize: 256, hashLength: 32 })); // prettier-ignore
  tell('bcrypt', await hashes.bcrypt({ ...common, costFactor: 5 }));
  tell('scrypt', await hashes.scrypt({ ...common, costFactor: 256, blockSize: 8, parallelism: 1, hashLength: 32 })); // prettier-ignore
}
