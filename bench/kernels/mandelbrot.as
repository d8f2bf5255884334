// Floating point in registers: iterations of z * z + c on a 64 by 64 grid.
function point(cr: f64, ci: f64): u32 {
  let zr: f64 = 0;
  let zi: f64 = 0;
  let count: u32 = 0;
  while (count < 200) {
    const r2 = zr * zr;
    const i2 = zi * zi;
    if (r2 + i2 > 4) break;
    zi = 2 * zr * zi + ci;
    zr = r2 - i2 + cr;
    count++;
  }
  return count;
}

function grid(shift: f64): u32 {
  let sum: u32 = 0;
  for (let y: i32 = 0; y < 64; y++) {
    for (let x: i32 = 0; x < 64; x++) {
      sum += point(<f64>x * 0.04 - 2.0 + shift, <f64>y * 0.035 - 1.12);
    }
  }
  return sum;
}

export function run(n: i32): i32 {
  let sum: u32 = 0;
  for (let i = 0; i < n; i++) sum = sum * 31 + grid(<f64>(i & 7) * 0.001);
  return sum;
}
