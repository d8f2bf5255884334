// Calls through a table: eight small functions, the next one chosen by the last result.
function f0(x: u32): u32 { return x + 0x9e3779b9; }
function f1(x: u32): u32 { return x ^ (x >> 7); }
function f2(x: u32): u32 { return x * 5 + 1; }
function f3(x: u32): u32 { return rotl<u32>(x, 11); }
function f4(x: u32): u32 { return ~x; }
function f5(x: u32): u32 { return x - (x << 3); }
function f6(x: u32): u32 { return x ^ 0x5bd1e995; }
function f7(x: u32): u32 { return (x >> 1) | (x << 31); }

const functions: StaticArray<(x: u32) => u32> = [f0, f1, f2, f3, f4, f5, f6, f7];

function chain(x: u32): u32 {
  for (let i = 0; i < 1000; i++) x = unchecked(functions[x & 7])(x);
  return x;
}

export function run(n: i32): i32 {
  let x: u32 = 1;
  for (let i = 0; i < n; i++) x = chain(x + i);
  return x;
}
