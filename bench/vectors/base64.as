// 12 KiB encoded as base64.
const letters: usize = 65536;
const input: usize = 69632;
const output: usize = 98304;
const size: usize = 12288;

// Four times 24 bits, as numbers of 32 bits, to sixteen letters.
// @ts-ignore: decorator
@inline
function sixteen(words: v128): v128 {
  const first = v128.and(i32x4.shr_u(words, 18), i32x4.splat(0x3f));
  const second = v128.and(i32x4.shr_u(words, 4), i32x4.splat(0x3f00));
  const third = v128.and(i32x4.shl(words, 10), i32x4.splat(0x3f0000));
  const fourth = v128.and(i32x4.shl(words, 24), i32x4.splat(0x3f000000));
  const numbers = v128.or(v128.or(first, second), v128.or(third, fourth));
  // What is added depends on the range: 0 to 25 is number 13, 26 to 51 0, digits and signs 1 to 12.
  const range = v128.or(
    i8x16.sub_sat_u(numbers, i8x16.splat(51)),
    v128.and(i8x16.lt_s(numbers, i8x16.splat(26)), i8x16.splat(13)),
  );
  const shift = i8x16(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0);
  return i8x16.add(numbers, i8x16.swizzle(shift, range));
}

function encode(): void {
  let to = output;
  if (ASC_FEATURE_SIMD) {
    const order = i8x16(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
    for (let at = input; at < input + size; at += 12) {
      v128.store(to, sixteen(i8x16.swizzle(v128.load(at), order)));
      to += 16;
    }
  } else {
    for (let at = input; at < input + size; at += 3) {
      const word = (<u32>load<u8>(at) << 16) | (<u32>load<u8>(at, 1) << 8) | load<u8>(at, 2);
      store<u8>(to, load<u8>(letters + (word >> 18)));
      store<u8>(to, load<u8>(letters + ((word >> 12) & 63)), 1);
      store<u8>(to, load<u8>(letters + ((word >> 6) & 63)), 2);
      store<u8>(to, load<u8>(letters + (word & 63)), 3);
      to += 4;
    }
  }
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < 64; i++) {
    const letter = i < 26 ? 65 + i : i < 52 ? 71 + i : i < 62 ? i - 4 : i == 62 ? 43 : 47;
    store<u8>(letters + i, <u8>letter);
  }
  for (let i: u32 = 0; i < size; i++) store<u8>(input + i, <u8>(i * 7 + (i >> 5)));
  let check: u32 = 0;
  for (let i = 0; i < n; i++) {
    store<u32>(input, i * 0x01000193);
    encode();
    check = check * 31 + load<u32>(output) + load<u32>(output + <u32>(i & 1023) * 16);
  }
  return check;
}
