// SHA-256 of four messages of 1 KiB; by vectors all four at once, a lane for each.
const constants: usize = 65536; // 64 words
const initial: usize = 66048; // 8 words
const state: usize = 66560; // 8 words of each message
const schedule: usize = 67584; // 64 words of each message
const input: usize = 69632;
const blocks: u32 = 16;
const length: u32 = 1024;

// The first 32 bits of the fractional parts of cube (or square) roots of the first primes.
function fraction(root: f64): u32 {
  return <u32>((root - Math.floor(root)) * 4294967296.0);
}

function cubeRoot(x: f64): f64 {
  let r: f64 = x > 27 ? 5 : 2;
  for (let i = 0; i < 60; i++) r = (2 * r + x / (r * r)) / 3;
  return r;
}

function prepare(): void {
  let found: u32 = 0;
  for (let n: u32 = 2; found < 64; n++) {
    let prime = true;
    for (let d: u32 = 2; d * d <= n; d++) if (n % d == 0) prime = false;
    if (!prime) continue;
    store<u32>(constants + found * 4, fraction(cubeRoot(<f64>n)));
    if (found < 8) store<u32>(initial + found * 4, fraction(Math.sqrt(<f64>n)));
    found++;
  }
  for (let i: u32 = 0; i < length * 4; i++) store<u8>(input + i, <u8>(i * 13 + (i >> 7)));
}

// Words of message `m` are 16 bytes apart, from 4 * m on: both ways use the same places.
function compressOne(block: usize, m: usize): void {
  for (let i: u32 = 0; i < 16; i++) {
    store<u32>(schedule + m + i * 16, bswap<u32>(load<u32>(block + i * 4)));
  }
  for (let i: u32 = 16; i < 64; i++) {
    const at = schedule + m + i * 16;
    const x = load<u32>(at - 240);
    const y = load<u32>(at - 32);
    const s0 = rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
    const s1 = rotr<u32>(y, 17) ^ rotr<u32>(y, 19) ^ (y >> 10);
    store<u32>(at, load<u32>(at - 256) + s0 + load<u32>(at - 112) + s1);
  }
  let a = load<u32>(state + m, 0);
  let b = load<u32>(state + m, 16);
  let c = load<u32>(state + m, 32);
  let d = load<u32>(state + m, 48);
  let e = load<u32>(state + m, 64);
  let f = load<u32>(state + m, 80);
  let g = load<u32>(state + m, 96);
  let h = load<u32>(state + m, 112);
  for (let i: u32 = 0; i < 64; i++) {
    const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = h + s1 + choice + load<u32>(constants + i * 4) + load<u32>(schedule + m + i * 16);
    const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + s0 + majority;
  }
  store<u32>(state + m, load<u32>(state + m, 0) + a, 0);
  store<u32>(state + m, load<u32>(state + m, 16) + b, 16);
  store<u32>(state + m, load<u32>(state + m, 32) + c, 32);
  store<u32>(state + m, load<u32>(state + m, 48) + d, 48);
  store<u32>(state + m, load<u32>(state + m, 64) + e, 64);
  store<u32>(state + m, load<u32>(state + m, 80) + f, 80);
  store<u32>(state + m, load<u32>(state + m, 96) + g, 96);
  store<u32>(state + m, load<u32>(state + m, 112) + h, 112);
}

// @ts-ignore: decorator
@inline
function turned(x: v128, by: i32): v128 {
  return v128.or(i32x4.shr_u(x, by), i32x4.shl(x, 32 - by));
}

// @ts-ignore: decorator
@inline
function xor3(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, lanes: v128): void {
  v128.store(at, i32x4.add(v128.load(at), lanes));
}

function compressFour(block: usize): void {
  for (let i: u32 = 0; i < 16; i++) {
    const at = block + i * 4;
    let words = v128.load32_zero(at);
    words = v128.load_lane<u32>(at + length, words, 1);
    words = v128.load_lane<u32>(at + 2 * length, words, 2);
    words = v128.load_lane<u32>(at + 3 * length, words, 3);
    const order = i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    v128.store(schedule + i * 16, i8x16.swizzle(words, order));
  }
  for (let at: usize = schedule + 256; at < schedule + 1024; at += 16) {
    const x = v128.load(at - 240);
    const y = v128.load(at - 32);
    const s0 = xor3(turned(x, 7), turned(x, 18), i32x4.shr_u(x, 3));
    const s1 = xor3(turned(y, 17), turned(y, 19), i32x4.shr_u(y, 10));
    const sum = i32x4.add(i32x4.add(v128.load(at - 256), s0), v128.load(at - 112));
    v128.store(at, i32x4.add(sum, s1));
  }
  let a = v128.load(state, 0);
  let b = v128.load(state, 16);
  let c = v128.load(state, 32);
  let d = v128.load(state, 48);
  let e = v128.load(state, 64);
  let f = v128.load(state, 80);
  let g = v128.load(state, 96);
  let h = v128.load(state, 112);
  for (let i: u32 = 0; i < 64; i++) {
    const s1 = xor3(turned(e, 6), turned(e, 11), turned(e, 25));
    const word = i32x4.add(v128.load32_splat(constants + i * 4), v128.load(schedule + i * 16));
    const t1 = i32x4.add(i32x4.add(h, s1), i32x4.add(v128.bitselect(f, g, e), word));
    const s0 = xor3(turned(a, 2), turned(a, 13), turned(a, 22));
    const majority = v128.bitselect(b, a, v128.xor(a, c));
    h = g;
    g = f;
    f = e;
    e = i32x4.add(d, t1);
    d = c;
    c = b;
    b = a;
    a = i32x4.add(t1, i32x4.add(s0, majority));
  }
  addTo(state, a);
  addTo(state + 16, b);
  addTo(state + 32, c);
  addTo(state + 48, d);
  addTo(state + 64, e);
  addTo(state + 80, f);
  addTo(state + 96, g);
  addTo(state + 112, h);
}

function hash(): void {
  for (let block: usize = input; block < input + blocks * 64; block += 64) {
    if (ASC_FEATURE_SIMD) {
      compressFour(block);
    } else {
      for (let m: u32 = 0; m < 4; m++) compressOne(block + m * length, m * 4);
    }
  }
}

export function run(n: i32): i32 {
  prepare();
  for (let i: u32 = 0; i < 32; i++) {
    store<u32>(state + i * 4, load<u32>(initial + (i >> 2) * 4));
  }
  for (let i = 0; i < n; i++) hash();
  let check: u32 = 0;
  for (let i: u32 = 0; i < 32; i++) check = check * 31 + load<u32>(state + i * 4);
  return check;
}
