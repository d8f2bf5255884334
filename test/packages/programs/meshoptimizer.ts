/** Meshes compressed, simplified and decompressed; the decoder has SIMD. */
import { imported, tell } from '../program.js';

interface Coder {
  readonly ready: Promise<void>;
  readonly supported: boolean;
}
interface Encoder extends Coder {
  encodeVertexBuffer(source: Uint8Array, count: number, size: number): Uint8Array;
  encodeIndexBuffer(source: Uint8Array, count: number, size: number): Uint8Array;
  reorderMesh(indices: Uint32Array, triangles: boolean, size: boolean): [Uint32Array, number];
}
interface Decoder extends Coder {
  decodeVertexBuffer(target: Uint8Array, count: number, size: number, source: Uint8Array): void;
  decodeIndexBuffer(target: Uint8Array, count: number, size: number, source: Uint8Array): void;
}
interface Simplifier extends Coder {
  simplify(
    ...args: [Uint32Array, Float32Array, number, number, number]
  ): [indices: Uint32Array, error: number];
}

const side = 120;

/** A curved sheet. */
function sheet(): { positions: Float32Array; indices: Uint32Array } {
  const at = (i: number): number[] => [i % side, Math.floor(i / side)];
  const positions = Float32Array.from({ length: side * side * 4 }, (_, n) => {
    const [x = 0, y = 0] = at(n >> 2);
    return [x, y, Math.round(8 * Math.sin(x / 9) * Math.cos(y / 7)), 1][n & 3] ?? 0;
  });
  const indices = Array.from({ length: (side - 1) * (side - 1) }, (_, n) => {
    const i = Math.floor(n / (side - 1)) * side + (n % (side - 1));
    return [i, i + 1, i + side, i + side, i + 1, i + side + 1];
  });
  return { positions, indices: Uint32Array.from(indices.flat()) };
}

const raw = ({ buffer }: Float32Array | Uint32Array): Uint8Array => new Uint8Array(buffer);

export async function run(): Promise<void> {
  const { MeshoptEncoder, MeshoptDecoder, MeshoptSimplifier } = await imported<{
    MeshoptEncoder: Encoder;
    MeshoptDecoder: Decoder;
    MeshoptSimplifier: Simplifier;
  }>('meshoptimizer/index.js');
  await Promise.all([MeshoptEncoder.ready, MeshoptDecoder.ready, MeshoptSimplifier.ready]);
  const { positions, indices } = sheet();
  const [order, unique] = MeshoptEncoder.reorderMesh(indices.slice(), true, true);
  tell('order', order);
  tell('unique', unique);
  const count = side * side;
  const vertices = MeshoptEncoder.encodeVertexBuffer(raw(positions), count, 16);
  tell('encoded vertices', vertices);
  const decoded = new Uint8Array(count * 16);
  MeshoptDecoder.decodeVertexBuffer(decoded, count, 16, vertices);
  tell('decoded vertices', decoded);
  const encoded = MeshoptEncoder.encodeIndexBuffer(raw(indices), indices.length, 4);
  const triangles = new Uint8Array(indices.length * 4);
  MeshoptDecoder.decodeIndexBuffer(triangles, indices.length, 4, encoded);
  tell('decoded triangles', triangles);
  tell('simplified', MeshoptSimplifier.simplify(indices, positions, 4, 900, 0.05));
}
