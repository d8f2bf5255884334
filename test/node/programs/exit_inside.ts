/** process.exit() in a host function, with the guest on the stack. */
import { Runtime } from '../../../lib';
import { assemble } from '../assemble';

async function main(): Promise<void> {
  const bytes = await assemble(`(module (import "e" "f" (func $f)) (memory (export "memory") 1)
    (func (export "run") (call $f)))`);
  const f = (): never => {
    console.log('ok');
    process.exit(0);
  };
  const instance = new Runtime().load(bytes).instantiate({ imports: { e: { f } } });
  instance.memory.bytes.fill(1);
  instance.exports['run']?.();
}

void main();
