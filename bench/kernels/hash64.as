// Hashing in 64-bit words: multiply, rotate, xor over 32 KiB.
const base: usize = 65536;
const size: u32 = 32768;

function mix(seed: u64): u64 {
  let a: u64 = seed + 0x9e3779b97f4a7c15;
  let b: u64 = seed ^ 0xc2b2ae3d27d4eb4f;
  for (let i: u32 = 0; i < size; i += 16) {
    a = rotl<u64>(a ^ (load<u64>(base + i) * 0x87c37b91114253d5), 31) * 5 + b;
    b = rotl<u64>(b ^ (load<u64>(base + i, 8) * 0x4cf5ad432745937f), 27) * 5 + a;
  }
  a ^= a >> 33;
  a *= 0xff51afd7ed558ccd;
  return a ^ b ^ (a >> 29);
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < size; i += 8) store<u64>(base + i, <u64>i * 0x123456789abcdef1);
  let h: u64 = 1;
  for (let i = 0; i < n; i++) h = mix(h);
  return <i32>(h ^ (h >> 32));
}
