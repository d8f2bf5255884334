// Calls: Fibonacci numbers by double recursion.
function fib(n: i32): i32 {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}

export function run(n: i32): i32 {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += fib(16 + (i & 1));
  return sum;
}
