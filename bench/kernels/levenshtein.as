// Dynamic programming: the edit distance of two strings of 256 bytes.
const a: usize = 65536;
const b: usize = 66048;
const row: usize = 66560;
const size: u32 = 256;

function distance(): u32 {
  for (let k: u32 = 0; k <= size; k++) store<u32>(row + (k << 2), k);
  for (let i: u32 = 1; i <= size; i++) {
    let diagonal = load<u32>(row);
    store<u32>(row, i);
    const letter = load<u8>(a + i - 1);
    for (let k: u32 = 1; k <= size; k++) {
      const above = load<u32>(row + (k << 2));
      const left = load<u32>(row + ((k - 1) << 2));
      const changed = diagonal + u32(letter != load<u8>(b + k - 1));
      const shorter = (above < left ? above : left) + 1;
      store<u32>(row + (k << 2), changed < shorter ? changed : shorter);
      diagonal = above;
    }
  }
  return load<u32>(row + (size << 2));
}

export function run(n: i32): i32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    store<u8>(a + i, <u8>((i * i + 3) % 26));
    store<u8>(b + i, <u8>((i * 5 + (i >> 3)) % 26));
  }
  for (let i = 0; i < n; i++) {
    store<u8>(a + (<u32>i % size), <u8>(i % 26));
    sum = sum * 31 + distance();
  }
  return sum;
}
