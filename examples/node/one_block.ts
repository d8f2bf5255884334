/**
 * Guests with a fixed budget: it is measured what a module needs, a runtime gets a block of just
 * that size, and nothing that the guest does takes more of the machine.
 */
import { ResourceError, Runtime, requirementsOf } from 'wembed';
import { assemble } from '../assemble';

interface Controller {
  start(reading: number): void;
  step(reading: number, target: number): void;
}

async function main(): Promise<void> {
  const bytes = await assemble('examples/c/static_block.wat');
  const stackSize = 4096;
  const needs = requirementsOf(bytes, { stackSize, metered: true });
  console.log(`${needs.blockBytes} bytes: memory ${needs.memoryBytes}, code ${needs.codeBytes}`);

  let output = 0;
  const board = { set_output: (_caller: unknown, value: number) => void (output = value) };
  const run = (pool: number): void => {
    using runtime = new Runtime({
      allocator: { pool, noSystemMemory: true },
      deadlines: false,
      translateEarly: 'metered',
      limits: { stackSize, fuel: 1000 },
    });
    using module = runtime.load(bytes);
    using instance = module.instantiate<Controller>({ imports: { board } });
    instance.exports.start(20);
    for (let reading = 20; reading < 36; reading++) instance.exports.step(reading, 30);
    console.log(`output ${output}, ${runtime.blockUse?.free} bytes free`);
  };

  run(needs.blockBytes);
  if (output !== -1) process.exitCode = 1;
  try {
    run(needs.blockBytes - 16);
    process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    console.log(`16 bytes less: ${error.message}`);
  }
}

void main();
