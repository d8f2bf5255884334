/** The process stays alive until an asynchronous call has ended, and no longer. */
import assert from 'node:assert';
import { Runtime } from '../../../lib';
import { assemble } from '../assemble';

async function main(): Promise<void> {
  const bytes = await assemble(`(module
    (func (export "forever") (loop $again (br $again))))`);
  const instance = new Runtime().load(bytes).instantiate();
  instance.callAsync('forever', [], { deadline: 50 }).catch((error: unknown) => {
    assert.match(String(error), /deadline exceeded/);
    console.log('ok');
  });
}

void main();
