/** A neural network that takes noise from sound. */
import { imported, tell } from '../program.js';

interface State {
  processFrame(frame: Float32Array): number;
  destroy(): void;
}
interface Package {
  readonly Rnnoise: {
    load(): Promise<{ readonly frameSize: number; createDenoiseState(): State }>;
  };
}

export async function run(): Promise<void> {
  // It was built for browsers alone.
  Object.assign(globalThis, { window: globalThis, document: {} });
  const { Rnnoise } = await imported<Package>('@shiguredo/rnnoise-wasm/dist/rnnoise.js');
  const rnnoise = await Rnnoise.load();
  const state = rnnoise.createDenoiseState();
  for (let i = 0; i < 20; i++) {
    const frame = Float32Array.from({ length: rnnoise.frameSize }, (_, n) =>
      Math.round(9000 * Math.sin((i * rnnoise.frameSize + n) / 11) + ((n * 7919 + i) % 2001)),
    );
    tell('voice', state.processFrame(frame));
    tell('frame', frame);
  }
  state.destroy();
}
