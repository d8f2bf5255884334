/**
 * A host function that refuses with an exception, which the guest catches; an error of JavaScript
 * that the guest catches with JSTag; and an exception of the guest's that the host catches.
 */
import { Exception, JSTag, Runtime, Tag } from 'wembed';
import { assemble } from '../assemble';

interface Functions {
  try(amount: number): number;
  all(times: number): void;
}

const refused = new Tag({ parameters: ['i32'] });
let balance = 50;

function withdraw(_: unknown, amount: number): number {
  if (amount < 0) throw new RangeError('nobody withdraws less than nothing');
  if (amount > balance) throw new Exception(refused, [amount - balance]);
  balance -= amount;
  return balance;
}

async function main(): Promise<void> {
  using runtime = new Runtime();
  using module = runtime.load(await assemble('examples/node/bank.wat'));
  const js = { tag: JSTag, log: (_: unknown, error: unknown) => console.log(String(error)) };
  using instance = module.instantiate<Functions>({
    imports: { bank: { withdraw, refused }, js },
  });
  const { exports } = instance;
  console.log(`20 withdrawn: ${exports.try(20)}`);
  console.log(`60 withdrawn: ${exports.try(60)}`);
  exports.try(-1);
  const empty = instance.tag('empty');
  try {
    exports.all(5);
  } catch (error) {
    if (!(error instanceof Exception) || !error.is(empty)) throw error;
    console.log(`empty, with ${String(error.getArg(empty, 0))} to go: ${error.message}`);
    console.log(`thrown in ${error.wasmStack[0]?.function ?? 'nowhere'}`);
  }
}

void main();
