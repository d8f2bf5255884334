// Memory streaming with loads and stores of 8 bytes: fill, copy, scale-and-add, sum over 64 KiB.
const size: usize = 65536;
const a: usize = 65536;
const b: usize = a + size;
const c: usize = b + size;

function pass(value: f64): f64 {
  for (let i: usize = 0; i < size; i += 8) store<f64>(a + i, value);
  for (let i: usize = 0; i < size; i += 8) store<u64>(b + i, load<u64>(c + i));
  for (let i: usize = 0; i < size; i += 8) {
    store<f64>(c + i, load<f64>(a + i) + 0.5 * load<f64>(b + i));
  }
  let sum: f64 = 0;
  for (let i: usize = 0; i < size; i += 8) sum += load<f64>(c + i);
  return sum;
}

export function run(n: i32): i32 {
  memory.fill(c, 0, size); // What an earlier run has left changes nothing.
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) sum += pass(<f64>(i & 3));
  return <i32>(<i64>sum & 0x7fffffff);
}
