// Matrix multiplication, 64 by 64, elements of type i32.
const size: u32 = 64;
const a: usize = 65536;
const b: usize = a + size * size * sizeof<i32>();
const c: usize = b + size * size * sizeof<i32>();

// @ts-ignore: decorator
@inline
function at(matrix: usize, row: u32, column: u32): usize {
  return matrix + (row * size + column) * sizeof<i32>();
}

function multiply(): void {
  for (let i: u32 = 0; i < size; i++) {
    for (let k: u32 = 0; k < size; k++) {
      let sum: i32 = 0;
      for (let m: u32 = 0; m < size; m++) sum += load<i32>(at(a, i, m)) * load<i32>(at(b, m, k));
      store<i32>(at(c, i, k), sum);
    }
  }
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < size * size; i++) {
    store<i32>(a + i * sizeof<i32>(), <i32>(i % 17));
    store<i32>(b + i * sizeof<i32>(), <i32>(i % 23));
  }
  let sum: i32 = 0;
  for (let i = 0; i < n; i++) {
    multiply();
    const corner = at(c, <u32>i % size, size - 1);
    sum = sum * 31 + <i32>load<i32>(corner);
    store<i32>(at(a, 0, <u32>i % size), <i32>(i & 15));
  }
  return sum;
}
