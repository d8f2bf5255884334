// 16384 pixels from red, green, blue and alpha to shades of grey.
const pixels: usize = 65536;
const shades: usize = 131072;
const count: usize = 16384;

// Of four pixels, as numbers of 32 bits.
// @ts-ignore: decorator
@inline
function four(at: usize): v128 {
  const pixel = v128.load(at);
  const redBlue = v128.and(pixel, i16x8.splat(255));
  const greenAlpha = i16x8.shr_u(pixel, 8);
  const sum = i32x4.add(
    i32x4.dot_i16x8_s(redBlue, i16x8(77, 29, 77, 29, 77, 29, 77, 29)),
    i32x4.dot_i16x8_s(greenAlpha, i16x8(150, 0, 150, 0, 150, 0, 150, 0)),
  );
  return i32x4.shr_u(i32x4.add(sum, i32x4.splat(128)), 8);
}

function shade(): void {
  if (ASC_FEATURE_SIMD) {
    for (let i: usize = 0; i < count; i += 16) {
      const at = pixels + i * 4;
      const low = i16x8.narrow_i32x4_u(four(at), four(at + 16));
      const high = i16x8.narrow_i32x4_u(four(at + 32), four(at + 48));
      v128.store(shades + i, i8x16.narrow_i16x8_u(low, high));
    }
  } else {
    for (let i: usize = 0; i < count; i++) {
      const at = pixels + i * 4;
      const sum =
        77 * <u32>load<u8>(at) + 150 * <u32>load<u8>(at, 1) + 29 * <u32>load<u8>(at, 2) + 128;
      store<u8>(shades + i, <u8>(sum >> 8));
    }
  }
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < count * 4; i++) store<u8>(pixels + i, <u8>(i * 31 + (i >> 8)));
  let check: u32 = 0;
  for (let i = 0; i < n; i++) {
    store<u32>(pixels, i * 0x10305);
    shade();
    check = check * 31 + load<u8>(shades) + load<u8>(shades + <u32>(i & 16383));
  }
  return check;
}
