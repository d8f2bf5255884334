// y = a * x + y over 8192 floats.
const x: usize = 65536;
const y: usize = 131072;
const bytes: usize = 32768;

function saxpy(a: f32): void {
  if (ASC_FEATURE_SIMD) {
    const factor = f32x4.splat(a);
    for (let at: usize = 0; at < bytes; at += 16) {
      const product = f32x4.mul(factor, v128.load(x + at));
      v128.store(y + at, f32x4.add(product, v128.load(y + at)));
    }
  } else {
    for (let at: usize = 0; at < bytes; at += 4) {
      store<f32>(y + at, a * load<f32>(x + at) + load<f32>(y + at));
    }
  }
}

export function run(n: i32): i32 {
  for (let i: u32 = 0; i < bytes / 4; i++) {
    store<f32>(x + i * 4, <f32>(i % 1000) * 0.125);
    store<f32>(y + i * 4, <f32>(i % 77) * 0.3);
  }
  for (let i = 0; i < n; i++) saxpy((i & 1) == 0 ? <f32>1.3 : <f32>-1.29);
  let check: u32 = 0;
  for (let at: usize = 0; at < bytes; at += 4) check = check * 31 + load<u32>(y + at);
  return check;
}
