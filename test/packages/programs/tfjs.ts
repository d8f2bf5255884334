/** Machine learning, with SIMD. */
import { required, tell } from '../program.js';

interface Tensor {
  data(): Promise<Float32Array>;
}
interface Core {
  matMul(a: Tensor, b: Tensor): Tensor;
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  tensor(values: readonly number[], shape: readonly number[]): Tensor;
  softmax(tensor: Tensor): Tensor;
  conv2d(...args: [Tensor, Tensor, number, string]): Tensor;
  maxPool(...args: [Tensor, number, number, string]): Tensor;
  sigmoid(tensor: Tensor): Tensor;
  sum(tensor: Tensor, axis: number): Tensor;
  transpose(tensor: Tensor): Tensor;
}

export async function run(): Promise<void> {
  const tf = required<Core>('@tensorflow/tfjs-core');
  required('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  tell('backend', tf.getBackend());
  const values = (count: number, step: number): number[] =>
    Array.from({ length: count }, (_, i) => ((i * step) % 97) / 50 - 1);
  const a = tf.tensor(values(64 * 48, 7), [64, 48]);
  const b = tf.tensor(values(48 * 32, 11), [48, 32]);
  tell('matMul', await tf.matMul(a, b).data());
  tell('softmax', await tf.softmax(a).data());
  tell('transposed', await tf.transpose(a).data());
  tell('sum', await tf.sum(a, 1).data());
  const image = tf.tensor(values(28 * 28 * 3, 5), [1, 28, 28, 3]);
  const filter = tf.tensor(values(3 * 3 * 3 * 8, 13), [3, 3, 3, 8]);
  const layer = tf.conv2d(image, filter, 1, 'same');
  tell('conv2d', await layer.data());
  tell('pooled', await tf.sigmoid(tf.maxPool(layer, 2, 2, 'valid')).data());
}
