// Integer control flow: lengths of Collatz sequences. Data-dependent branches, no memory.
function steps(start: u32): u32 {
  let n: u64 = start;
  let count: u32 = 0;
  while (n != 1) {
    if (n & 1) n = n * 3 + 1;
    else n >>= 1;
    count++;
  }
  return count;
}

export function run(n: i32): i32 {
  let sum: u32 = 0;
  for (let i = 0; i < n; i++) {
    const start: u32 = 1 + (<u32>i % 4096);
    sum = sum * 31 + steps(start);
  }
  return sum;
}
