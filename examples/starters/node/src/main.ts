/** A host in TypeScript: `npm install`, `npm run build`, `npm start`. The guest is app.wat, assembled. */
import { type Caller, type Offset, Runtime, Trap, f32, type u8 } from 'wembed';

interface Exports {
  greet(): void;
  sum(samples: Offset<f32>, count: number): number;
}

using runtime = new Runtime({ limits: { deadline: 1000 } });
const module = runtime.loadFile('app.wasm');
using instance = module.instantiate<Exports>({
  heapSize: 65536,
  imports: {
    host: {
      print: (caller: Caller, at: Offset<u8>, length: number) => {
        console.log(caller.readString(at, length));
      },
    },
  },
});

instance.exports.greet();
using samples = instance.malloc(f32, [1, 2, 3, 4, 5]);
console.log(`the sum is ${instance.exports.sum(samples.offset, samples.length)}`);

try {
  instance.exports.sum(samples.offset, 1_000_000_000);
} catch (error) {
  if (!(error instanceof Trap)) throw error;
  console.log(`too many: ${error.code}`);
}
