/** process.exit() while guests run on the pool, one of them in an endless loop. */
import { type Instance, Runtime } from '../../../lib';
import { assemble } from '../assemble';

async function main(): Promise<void> {
  const bytes = await assemble(`(module (import "e" "f" (func $f)) (memory (export "memory") 1)
    (func (export "forever") (loop $again (br $again)))
    (func (export "ask") (loop $again (call $f) (br $again))))`);
  const module = new Runtime().load(bytes);
  const make = (): Instance => module.instantiate({ imports: { e: { f: () => undefined } } });
  void make().callAsync('forever');
  void make().callAsync('ask');
  setTimeout(() => {
    console.log('ok');
    process.exit(0);
  }, 50);
}

void main();
