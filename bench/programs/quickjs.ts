/** An engine for JavaScript that runs a program in the guest. */
import { required } from '../../test/packages/program.js';

interface Package {
  readonly getQuickJS: () => Promise<{ evalCode(code: string): unknown }>;
}

const source = `
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
  const words = [];
  for (let i = 0; i < 3000; i++) words.push('w' + ((i * 7919) % 1009));
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  words.sort();
  const text = JSON.stringify([...counts].slice(0, 200));
  [fib(18), counts.size, words[1500], text.replace(/w(\\d)/g, '$1').length].join()`;

export async function start(): Promise<() => unknown> {
  const quickjs = await required<Package>('quickjs-emscripten').getQuickJS();
  return () => quickjs.evalCode(source);
}
