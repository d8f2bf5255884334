/** An engine for JavaScript, in a guest. */
import { required, tell } from '../program.js';

interface Package {
  readonly getQuickJS: () => Promise<{ evalCode(code: string, options?: object): unknown }>;
}

const sources = [
  `let a = []; for (let i = 0; i < 2000; i++) a.push((i * 7919) % 1009);
   a.sort((x, y) => x - y); a.slice(0, 20).join()`,
  `class A { constructor(x) { this.x = x } *[Symbol.iterator]() { for (let i = 0; i < this.x; i++) yield i * i } }
   [...new A(10)].map(x => x.toString(3)).join('|')`,
  `JSON.stringify({ pi: Math.PI, big: String(2n ** 200n), re: 'a1b22'.replace(/\\d+/g, d => d * 2), d: new Date(0).toISOString() })`,
  `try { null.x } catch (e) { e.name }`,
];

export async function run(): Promise<void> {
  const { getQuickJS } = required<Package>('quickjs-emscripten');
  const quickjs = await getQuickJS();
  for (const source of sources) tell('value', quickjs.evalCode(source));
  try {
    quickjs.evalCode('throw new TypeError("from the guest")');
  } catch (error) {
    tell('error', String(error));
  }
}
