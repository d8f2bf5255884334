// Integer control flow over bytes: the sieve of Eratosthenes below 32768.
const base: usize = 65536;
const limit: u32 = 32768;

function sieve(): u32 {
  for (let i: u32 = 0; i < limit; i++) store<u8>(base + i, 1);
  let count: u32 = 0;
  for (let i: u32 = 2; i < limit; i++) {
    if (!load<u8>(base + i)) continue;
    count++;
    for (let k: u32 = i + i; k < limit; k += i) store<u8>(base + k, 0);
  }
  return count;
}

export function run(n: i32): i32 {
  let sum: u32 = 0;
  for (let i = 0; i < n; i++) sum = sum * 31 + sieve();
  return sum;
}
