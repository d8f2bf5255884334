/** Prints how deep guest and host can call each other. */
import { Runtime } from '../../../lib';
import { assemble } from '../assemble';

async function main(): Promise<void> {
  const bytes = await assemble(`(module (import "e" "f" (func $f (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $f (i32.add (local.get 0) (i32.const 1)))))`);
  let deepest = 0;
  const f = (_caller: unknown, depth: number): unknown => {
    deepest = Math.max(deepest, depth);
    return instance.exports['run']?.(depth);
  };
  const instance = new Runtime().load(bytes).instantiate({ imports: { e: { f } } });
  try {
    instance.exports['run']?.(0);
  } catch {
    // The stack has an end.
  }
  console.log(deepest);
}

void main();
