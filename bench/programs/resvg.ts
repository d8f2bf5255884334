/** A drawing to pixels, by Rust. */
import { bytesOf, required } from '../../test/packages/program.js';

interface Package {
  readonly initWasm: (bytes: Uint8Array) => Promise<void>;
  readonly Resvg: new (svg: string, options?: object) => { render(): { asPng(): Uint8Array } };
}

const circles = Array.from(
  { length: 60 },
  (_, i) =>
    `<circle cx="${(i * 37) % 100}" cy="${(i * 61) % 100}" r="${5 + (i % 9)}" fill="url(#g)"/>`,
);

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><defs><linearGradient id="g">
  <stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue" stop-opacity="0.5"/>
  </linearGradient></defs>${circles.join('')}
  <path d="M10 10 C 20 80, 70 20, 90 90" stroke="green" fill="none" stroke-width="3"/></svg>`;

export async function start(): Promise<() => unknown> {
  const { initWasm, Resvg } = required<Package>('@resvg/resvg-wasm');
  await initWasm(bytesOf('@resvg/resvg-wasm/index_bg.wasm'));
  return () => new Resvg(svg, { fitTo: { mode: 'width', value: 300 } }).render().asPng().length;
}
