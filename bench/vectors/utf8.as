// Whether 32 KiB are well-formed UTF-8: a mix of alphabets, with sequences of all four lengths. By
// vectors as Keiser and Lemire describe it: three tables of errors, by nibbles of neighbours.
const text: usize = 65536;
const size: usize = 32768;

// Kinds of errors that two bytes in a row can show.
const tooShort: i8 = 1;
const tooLong: i8 = 2;
const overlong3: i8 = 4;
const tooLarge: i8 = 8;
const surrogate: i8 = 16;
const overlong2: i8 = 32;
const over4: i8 = 64; // overlong of four bytes, or far too large
const twoContinuations: i8 = -128;
const carry: i8 = tooShort | tooLong | twoContinuations;
const large: i8 = carry | tooLarge | over4;
const middle: i8 = tooLong | overlong2 | twoContinuations;

function isWellFormed(): bool {
  if (ASC_FEATURE_SIMD) {
    const byFirstHigh = i8x16(
      tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong,
      twoContinuations, twoContinuations, twoContinuations, twoContinuations,
      tooShort | overlong2, tooShort, tooShort | overlong3 | surrogate,
      tooShort | tooLarge | over4,
    ); // prettier-ignore
    const byFirstLow = i8x16(
      carry | overlong3 | overlong2 | over4, carry | overlong2, carry, carry, carry | tooLarge,
      large, large, large, large, large, large, large, large, large | surrogate, large, large,
    ); // prettier-ignore
    const bySecondHigh = i8x16(
      tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort,
      middle | overlong3 | over4, middle | overlong3 | tooLarge, middle | surrogate | tooLarge,
      middle | surrogate | tooLarge, tooShort, tooShort, tooShort, tooShort,
    ); // prettier-ignore
    const nibble = i8x16.splat(15);
    const top = i8x16.splat(-128);
    let errors = i8x16.splat(0);
    let previous = i8x16.splat(0);
    for (let at: usize = text; at < text + size; at += 16) {
      const now = v128.load(at);
      const one = i8x16.shuffle(previous, now, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30); // prettier-ignore
      const pair = v128.and(
        v128.and(
          i8x16.swizzle(byFirstHigh, i8x16.shr_u(one, 4)),
          i8x16.swizzle(byFirstLow, v128.and(one, nibble)),
        ),
        i8x16.swizzle(bySecondHigh, i8x16.shr_u(now, 4)),
      );
      const two = i8x16.shuffle(previous, now, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29); // prettier-ignore
      const three = i8x16.shuffle(previous, now, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28); // prettier-ignore
      const third = i8x16.sub_sat_u(two, i8x16.splat(0x60));
      const fourth = i8x16.sub_sat_u(three, i8x16.splat(0x70));
      const continues = v128.and(v128.or(third, fourth), top);
      errors = v128.or(errors, v128.xor(continues, pair));
      previous = now;
    }
    return !v128.any_true(errors);
  }
  for (let at: usize = text; at < text + size;) {
    const first = <u32>load<u8>(at++);
    if (first < 0x80) continue;
    const second = <u32>load<u8>(at++);
    if ((second & 0xc0) != 0x80) return false;
    if (first < 0xe0) {
      if (first < 0xc2) return false;
      continue;
    }
    const third = <u32>load<u8>(at++);
    if ((third & 0xc0) != 0x80) return false;
    if (first < 0xf0) {
      const value = ((first & 15) << 12) | ((second & 63) << 6) | (third & 63);
      if (value < 0x800 || value - 0xd800 < 0x800) return false;
      continue;
    }
    const fourth = <u32>load<u8>(at++);
    if ((fourth & 0xc0) != 0x80 || first > 0xf4) return false;
    const value = ((first & 7) << 12) | ((second & 63) << 6) | (third & 63);
    if (value < 0x400 || value >= 0x4400) return false;
  }
  return true;
}

// A code point in as many bytes as it takes.
function put(at: usize, point: u32): usize {
  if (point < 0x80) {
    store<u8>(at, <u8>point);
    return at + 1;
  }
  if (point < 0x800) {
    store<u8>(at, <u8>(0xc0 | (point >> 6)));
  } else {
    if (point < 0x10000) {
      store<u8>(at, <u8>(0xe0 | (point >> 12)));
    } else {
      store<u8>(at++, <u8>(0xf0 | (point >> 18)));
      store<u8>(at, <u8>(0x80 | ((point >> 12) & 63)));
    }
    store<u8>(++at, <u8>(0x80 | ((point >> 6) & 63)));
  }
  store<u8>(at + 1, <u8>(0x80 | (point & 63)));
  return at + 2;
}

export function run(n: i32): i32 {
  let at = text;
  for (let i: u32 = 0; at < text + size - 20; i++) {
    const form = (i * 2654435761) >> 28;
    const point: u32 =
      form < 8 ? 32 + (i % 90) : form < 12 ? 0x3b0 + (i % 64) : form < 15 ? 0x4e00 + i : 0x1f600 + (i % 80);
    at = put(at, point);
  }
  while (at < text + size) store<u8>(at++, 32);
  let check: u32 = 0;
  for (let i = 0; i < n; i++) {
    // Now and then the last byte begins what is not there.
    store<u8>(text + size - 5, (i & 7) == 7 ? 0xff : 32);
    check = check * 31 + <u32>isWellFormed();
  }
  return check;
}
