/** A drawing to pixels, by Rust through wasm-bindgen. */
import { bytesOf, required, tell } from '../program.js';

interface Rendered {
  readonly pixels: Uint8Array;
  asPng(): Uint8Array;
}
interface Package {
  readonly initWasm: (bytes: Uint8Array) => Promise<void>;
  readonly Resvg: new (svg: string, options?: object) => { render(): Rendered; getBBox(): object };
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">
  <defs><linearGradient id="g"><stop offset="0" stop-color="red"/>
  <stop offset="1" stop-color="blue" stop-opacity="0.5"/></linearGradient></defs>
  <circle cx="50" cy="50" r="40" fill="url(#g)" stroke="black"/>
  <path d="M10 10 C 20 80, 70 20, 90 90" stroke="green" fill="none" stroke-width="3"/></svg>`;

export async function run(): Promise<void> {
  const { initWasm, Resvg } = required<Package>('@resvg/resvg-wasm');
  await initWasm(bytesOf('@resvg/resvg-wasm/index_bg.wasm'));
  const rendered = new Resvg(svg, { fitTo: { mode: 'width', value: 300 } }).render();
  tell('pixels', rendered.pixels);
  tell('png', rendered.asPng());
  try {
    new Resvg('<svg');
  } catch (error) {
    tell('error', String(error));
  }
}
