// The sum of 64 KiB of bytes.
const data: usize = 65536;
const size: usize = 65536;

function sum(): u32 {
  if (ASC_FEATURE_SIMD) {
    let lanes = i32x4.splat(0);
    for (let at: usize = data; at < data + size; at += 16) {
      const pairs = i16x8.extadd_pairwise_i8x16_u(v128.load(at));
      lanes = i32x4.add(lanes, i32x4.extadd_pairwise_i16x8_u(pairs));
    }
    return (
      i32x4.extract_lane(lanes, 0) +
      i32x4.extract_lane(lanes, 1) +
      i32x4.extract_lane(lanes, 2) +
      i32x4.extract_lane(lanes, 3)
    );
  }
  let all: u32 = 0;
  for (let at: usize = data; at < data + size; at++) all += load<u8>(at);
  return all;
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < size; i++) store<u8>(data + i, <u8>(i * 7 + (i >> 6)));
  let check: u32 = 0;
  for (let i = 0; i < n; i++) {
    store<u8>(data, <u8>i);
    check = check * 31 + sum();
  }
  return check;
}
