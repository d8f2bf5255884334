// Iterations of z * z + c in floats of 32 bits on a 64 by 64 grid; by vectors four points at once.
const most: u32 = 100;

function points(cr: f32, step: f32, ci: f32): u32 {
  if (ASC_FEATURE_SIMD) {
    const real = f32x4.add(f32x4.splat(cr), f32x4.mul(f32x4(0, 1, 2, 3), f32x4.splat(step)));
    const imaginary = f32x4.splat(ci);
    const four = f32x4.splat(4);
    const two = f32x4.splat(2);
    let zr = f32x4.splat(0);
    let zi = f32x4.splat(0);
    let counts = i32x4.splat(0);
    let inside = i32x4.splat(-1);
    for (let i: u32 = 0; i < most; i++) {
      const r2 = f32x4.mul(zr, zr);
      const i2 = f32x4.mul(zi, zi);
      inside = v128.and(inside, f32x4.le(f32x4.add(r2, i2), four));
      if (!v128.any_true(inside)) break;
      counts = i32x4.sub(counts, inside);
      zi = f32x4.add(f32x4.mul(f32x4.mul(two, zr), zi), imaginary);
      zr = f32x4.add(f32x4.sub(r2, i2), real);
    }
    return (
      i32x4.extract_lane(counts, 0) +
      i32x4.extract_lane(counts, 1) +
      i32x4.extract_lane(counts, 2) +
      i32x4.extract_lane(counts, 3)
    );
  }
  let sum: u32 = 0;
  for (let x: i32 = 0; x < 4; x++) {
    const real = cr + <f32>x * step;
    let zr: f32 = 0;
    let zi: f32 = 0;
    let count: u32 = 0;
    while (count < most) {
      const r2 = zr * zr;
      const i2 = zi * zi;
      if (!(r2 + i2 <= 4)) break;
      zi = 2 * zr * zi + ci;
      zr = r2 - i2 + real;
      count++;
    }
    sum += count;
  }
  return sum;
}

function grid(shift: f32): u32 {
  let sum: u32 = 0;
  for (let y: i32 = 0; y < 64; y++) {
    for (let x: i32 = 0; x < 64; x += 4) {
      sum += points(<f32>x * 0.04 - 2.0 + shift, 0.04, <f32>y * 0.035 - 1.12);
    }
  }
  return sum;
}

export function run(n: i32): i32 {
  let sum: u32 = 0;
  for (let i = 0; i < n; i++) sum = sum * 31 + grid(<f32>(i & 7) * 0.001);
  return sum;
}
