// The dot product of two rows of 16384 numbers of 16 bits.
const a: usize = 65536;
const b: usize = 131072;
const bytes: usize = 32768;

function dot(): i32 {
  if (ASC_FEATURE_SIMD) {
    let lanes = i32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      lanes = i32x4.add(lanes, i32x4.dot_i16x8_s(v128.load(a + at), v128.load(b + at)));
    }
    return (
      i32x4.extract_lane(lanes, 0) +
      i32x4.extract_lane(lanes, 1) +
      i32x4.extract_lane(lanes, 2) +
      i32x4.extract_lane(lanes, 3)
    );
  }
  let sum: i32 = 0;
  for (let at: usize = 0; at < bytes; at += 2) {
    sum += <i32>load<i16>(a + at) * <i32>load<i16>(b + at);
  }
  return sum;
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < bytes / 2; i++) {
    store<i16>(a + i * 2, <i16>(i * 77 - 3000));
    store<i16>(b + i * 2, <i16>(i * 1234 + 99));
  }
  let check: u32 = 0;
  for (let i = 0; i < n; i++) {
    store<i16>(a, <i16>i);
    check = check * 31 + dot();
  }
  return check;
}
