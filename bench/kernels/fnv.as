// Hashing byte by byte: FNV-1a over 16 KiB.
const base: usize = 65536;
const size: u32 = 16384;

function hash(seed: u32): u32 {
  let h: u32 = seed ^ 0x811c9dc5;
  for (let i: u32 = 0; i < size; i++) {
    h ^= load<u8>(base + i);
    h *= 0x01000193;
  }
  return h;
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < size; i++) store<u8>(base + i, <u8>(i * 7 + (i >> 5)));
  let h: u32 = 0;
  for (let i = 0; i < n; i++) h = hash(h);
  return h;
}
