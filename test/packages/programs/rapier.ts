/** Bodies that fall on each other: SIMD, floating point throughout. */
import { required, tell } from '../program.js';

interface Body {
  translation(): object;
  rotation(): object;
}
interface Description {
  setTranslation(x: number, y: number, z: number): Description;
}
interface World {
  createRigidBody(description: Description): Body;
  createCollider(description: object, body?: Body): object;
  step(): void;
  takeSnapshot(): Uint8Array;
  free(): void;
}
interface Rapier {
  init(): Promise<void>;
  version(): string;
  readonly World: new (gravity: object) => World;
  readonly RigidBodyDesc: { dynamic(): Description };
  readonly ColliderDesc: {
    cuboid(x: number, y: number, z: number): object;
    ball(radius: number): object;
  };
}

export async function run(): Promise<void> {
  const rapier = required<Rapier>('@dimforge/rapier3d-simd-compat');
  await rapier.init();
  tell('version', rapier.version());
  const world = new rapier.World({ x: 0, y: -9.81, z: 0 });
  world.createCollider(rapier.ColliderDesc.cuboid(20, 0.1, 20));
  const bodies = Array.from({ length: 40 }, (_, i) => {
    const at = rapier.RigidBodyDesc.dynamic().setTranslation((i % 3) / 4, 1 + i * 1.1, (i % 5) / 7);
    const body = world.createRigidBody(at);
    const shape = i % 2 === 0 ? rapier.ColliderDesc.cuboid(0.5, 0.5, 0.5) : rapier.ColliderDesc.ball(0.5);
    world.createCollider(shape, body);
    return body;
  }); // prettier-ignore
  for (let i = 0; i < 200; i++) world.step();
  for (const body of bodies) tell('body', [body.translation(), body.rotation()]);
  tell('world', world.takeSnapshot());
  world.free();
}
