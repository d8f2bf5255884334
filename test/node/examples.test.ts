/** The examples for Node run, and give what Node's own WebAssembly gives. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = resolve(__dirname, '../../examples/node');

const lines: Record<string, RegExp> = {
  'async_host.ts': /collected 'one, two, three'[^]*there is no record 9\n[^]*the host call is over/,
  'bank.ts':
    /20 withdrawn: 30\n60 withdrawn: -30\nRangeError: nobody[^]*empty, with 3 to go: uncaught wasm exception: empty\(i32 3\)\nthrown in all/,
  'counting_threads.ts': /counted together: 200000/,
  'five_floats.ts': /their sum is 17\.5/,
  'inspect.ts': /2640 bytes are the host's own[^]*stack: 65536 bytes[^]*as a page: \d+/,
  'hashes.ts': /3000001 bytes {2}\w+ \w+ {2}as Node's own/,
  'http_parser.ts': /Node's own WebAssembly: the same/,
  'module_bytes.ts': /cut short while in use: BytesLost/,
  'one_block.ts': /output -1, \d+ bytes free\n16 bytes less: /,
  'own_memory.ts': /what the worker wrote: 17\.5\nat 262144 bytes: RangeError/,
  'request_handler.ts': /FIRST SECOND THIRD FOURTH\nafter release: 0 bytes to see/,
  'shared_module.ts': /the workers' sums: 7\.5 and 10/,
  'wasi.ts': /"from memory\\n" and ended with 12\nnote.txt \(file\)[^]*again: 12, from memory/,
  'source_map.ts': /Node's own WebAssembly: the same/,
};

test.each(readdirSync(folder).filter((file) => file.endsWith('.ts')))('%s', async (file) => {
  const { stdout } = await run(process.execPath, ['--require', 'tsx/cjs', join(folder, file)], {
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 200_000,
  });
  expect(stdout).toMatch(lines[file] ?? /./);
});
