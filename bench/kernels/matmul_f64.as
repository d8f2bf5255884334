// Matrix multiplication, 64 by 64, elements of type f64.
const size: u32 = 64;
const a: usize = 65536;
const b: usize = a + size * size * sizeof<f64>();
const c: usize = b + size * size * sizeof<f64>();

// @ts-ignore: decorator
@inline
function at(matrix: usize, row: u32, column: u32): usize {
  return matrix + (row * size + column) * sizeof<f64>();
}

function multiply(): void {
  for (let i: u32 = 0; i < size; i++) {
    for (let k: u32 = 0; k < size; k++) {
      let sum: f64 = 0;
      for (let m: u32 = 0; m < size; m++) sum += load<f64>(at(a, i, m)) * load<f64>(at(b, m, k));
      store<f64>(at(c, i, k), sum);
    }
  }
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < size * size; i++) {
    store<f64>(a + i * sizeof<f64>(), <f64>(i % 17));
    store<f64>(b + i * sizeof<f64>(), <f64>(i % 23));
  }
  let sum: i32 = 0;
  for (let i = 0; i < n; i++) {
    multiply();
    const corner = at(c, <u32>i % size, size - 1);
    sum = sum * 31 + <i32>load<f64>(corner);
    store<f64>(at(a, 0, <u32>i % size), <f64>(i & 15));
  }
  return sum;
}
