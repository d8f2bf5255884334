/**
 * The classic first example of embedding: five floats are put into guest memory without a copy,
 * and the guest adds them up.
 */
import { type Caller, type Offset, Runtime, Trap, f32 } from 'wembed';
import { assemble } from '../assemble';

interface Sum {
  sum(samples: Offset<f32>, count: number): number;
}

async function main(): Promise<void> {
  using runtime = new Runtime();
  const module = runtime.load(await assemble('examples/c/five_floats.wat'), {
    name: 'five_floats',
  });
  for (const { module: from, name, signature } of module.imports) {
    console.log(`imports ${from}.${name} ${signature}`);
  }
  for (const { name, signature } of module.exports) console.log(`exports ${name} ${signature}`);

  // A host function gets the caller first, then what the guest passes.
  const log = (caller: Caller, at: number, length: number): void => {
    console.log(`the guest says: ${caller.readString(at, length)}`);
  };
  using instance = module.instantiate<Sum>({ heapSize: 65536, imports: { env: { log } } });

  {
    using samples = instance.malloc(f32, 5);
    samples.view.set([1.5, 2.5, 3.5, 4.5, 5.5]);
    console.log(`${samples.length} floats at offset ${samples.offset}`);
    const total = instance.exports.sum(samples.offset, samples.length);
    console.log(`their sum is ${total}`);
    if (total !== 17.5) process.exitCode = 1;
  } // freed here

  try {
    instance.exports.sum(0x7fffffff as Offset<f32>, 1);
    process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    console.log(`outside of memory: ${error.name} "${error.message}" in ${error.function}`);
  }
}

void main();
