/**
 * One engine's side of a program: `node main.js NAME`. The line `start` is answered by what it takes
 * until there is a result, and the result; each line `MILLISECONDS` by what the work takes once, done
 * again and again for so long. Times are nanoseconds of processor time.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Program } from './program.js';

const name = process.argv[2] ?? '';

/** Of all threads: compilers work beside the program. */
async function processorTime(work: () => unknown): Promise<number> {
  const begun = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) * 1000;
}

let work = (): unknown => undefined;

async function start(): Promise<string> {
  const program = createRequire(__filename)(join(__dirname, `${name}.js`)) as Program;
  let result: unknown;
  const time = await processorTime(async () => {
    work = await program.start();
    result = await work();
  });
  return `${time} ${Buffer.from(JSON.stringify(result)).toString('base64')}`;
}

async function repeat(leastMs: number): Promise<string> {
  let time = 0;
  let times = 0;
  for (; time < leastMs * 1e6; times++) time += await processorTime(work);
  return String(time / times);
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(`ok ${line === 'start' ? await start() : await repeat(Number(line))}`);
  }
  // Some packages keep what keeps a process alive.
  process.exit(0);
}

main().catch((error: unknown) => {
  console.log(`error ${String(error).split('\n')[0] ?? ''}`);
  process.exit(1);
});
