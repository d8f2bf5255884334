// Memory in one piece: memory.fill and memory.copy of 16 bytes to 64 KiB.
const a: usize = 65536;
const b: usize = 65536 * 2;

function pass(value: u8): u32 {
  for (let size: usize = 16; size <= 65536; size *= 2) {
    memory.fill(a, value, size);
    memory.copy(b, a + 1, size - 1);
    memory.copy(b + 3, b, size - 3);
  }
  return load<u32>(b + 999);
}

export function run(n: i32): i32 {
  let sum: u32 = 0;
  for (let i = 0; i < n; i++) sum = sum * 31 + pass(<u8>i);
  return sum;
}
