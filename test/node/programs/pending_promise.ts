/** A promise that nobody will settle does not keep the process, with or without a handle open. */
import assert from 'node:assert';
import { Runtime } from '../../../lib';
import { assemble } from '../assemble';

async function main(): Promise<void> {
  const bytes = await assemble(`(module (import "e" "f" (func $f)) (memory (export "memory") 1)
    (func (export "ask") (call $f)))`);
  const module = new Runtime().load(bytes);
  let asked = 0;
  const make = (): Promise<unknown> =>
    module
      .instantiate({
        imports: {
          e: {
            f: (caller) => {
              asked += 1;
              assert.equal(caller.dataAndMemory().memory.size, 65536);
              return new Promise(() => undefined);
            },
          },
        },
      })
      .callAsync('ask');
  for (let round = 0; round < 3; round += 1) {
    make().then(
      () => assert.fail('it ended'),
      () => assert.fail('it failed'),
    );
  }
  process.on('exit', (code) => {
    assert.equal(asked, 3);
    assert.equal(code, 0);
    console.log('ok');
  });
}

void main();
