// Floating point: the motion of five bodies, with divisions and square roots.
const bodies: u32 = 5;
const size: u32 = 56; // x y z vx vy vz mass
const base: usize = 65536;

// @ts-ignore: decorator
@inline
function body(i: u32): usize {
  return base + i * size;
}

function place(i: u32, x: f64, y: f64, z: f64, vx: f64, vy: f64, vz: f64, mass: f64): void {
  const b = body(i);
  store<f64>(b, x, 0);
  store<f64>(b, y, 8);
  store<f64>(b, z, 16);
  store<f64>(b, vx, 24);
  store<f64>(b, vy, 32);
  store<f64>(b, vz, 40);
  store<f64>(b, mass, 48);
}

function advance(dt: f64): void {
  for (let i: u32 = 0; i < bodies; i++) {
    const p = body(i);
    for (let k: u32 = i + 1; k < bodies; k++) {
      const q = body(k);
      const dx = load<f64>(p, 0) - load<f64>(q, 0);
      const dy = load<f64>(p, 8) - load<f64>(q, 8);
      const dz = load<f64>(p, 16) - load<f64>(q, 16);
      const distance = dx * dx + dy * dy + dz * dz;
      const force = dt / (distance * sqrt<f64>(distance));
      const mp = load<f64>(p, 48) * force;
      const mq = load<f64>(q, 48) * force;
      store<f64>(p, load<f64>(p, 24) - dx * mq, 24);
      store<f64>(p, load<f64>(p, 32) - dy * mq, 32);
      store<f64>(p, load<f64>(p, 40) - dz * mq, 40);
      store<f64>(q, load<f64>(q, 24) + dx * mp, 24);
      store<f64>(q, load<f64>(q, 32) + dy * mp, 32);
      store<f64>(q, load<f64>(q, 40) + dz * mp, 40);
    }
  }
  for (let i: u32 = 0; i < bodies; i++) {
    const p = body(i);
    store<f64>(p, load<f64>(p, 0) + dt * load<f64>(p, 24), 0);
    store<f64>(p, load<f64>(p, 8) + dt * load<f64>(p, 32), 8);
    store<f64>(p, load<f64>(p, 16) + dt * load<f64>(p, 40), 16);
  }
}

export function run(n: i32): i32 {
  place(0, 0, 0, 0, 0, 0, 0, 39.5);
  place(1, 4.8, -1.2, -0.1, 0.6, 2.8, -0.03, 0.038);
  place(2, 8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011);
  place(3, 12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017);
  place(4, 15.4, -25.9, 0.2, 1.0, 0.6, -0.03, 0.002);
  for (let i = 0; i < n; i++) advance(0.001);
  return <i32>(load<f64>(base + size) * 100000);
}
