/** The same in plain JavaScript: `npm install`, `npm run start:js`. */
import { Runtime, Trap, f32 } from 'wembed';

const runtime = new Runtime({ limits: { deadline: 1000 } });
const instance = runtime.loadFile('app.wasm').instantiate({
  heapSize: 65536,
  imports: { host: { print: (caller, at, length) => console.log(caller.readString(at, length)) } },
});

instance.exports.greet();
const samples = instance.malloc(f32, [1, 2, 3, 4, 5]);
console.log(`the sum is ${instance.exports.sum(samples.offset, samples.length)}`);

try {
  instance.exports.sum(samples.offset, 1_000_000_000);
} catch (error) {
  if (!(error instanceof Trap)) throw error;
  console.log(`too many: ${error.code}`);
}
runtime.close();
