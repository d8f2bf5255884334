/**
 * What compiling costs, in instructions of the processor for each byte of function bodies: of real
 * modules, and of large functions whose cost has to grow as they do.
 *
 *   npx tsx test/jit/cost.ts --listing PROGRAM [FILE.wasm...]
 *
 * PROGRAM is wembed_jit_listing of a release build by gcc. Of files their costs are printed. Without any,
 * those of the modules below are compared with their bounds, a tenth above what they were when the
 * bound was written: one that is exceeded is a regression, or the bound belongs to the commit.
 * valgrind counts; where it is not installed nothing is tested.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { generated } from './generated.js';

const packages = join(__dirname, '..', '..', 'node_modules');
const real = [
  { file: 'argon2-browser/dist/argon2.wasm', bound: 1150 },
  { file: 'source-map/lib/mappings.wasm', bound: 1100 },
];
const large = [
  { form: 'straight', bound: 640 },
  { form: 'branches', bound: 2530 },
];
const smaller = 16 * 1024;
const larger = 64 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'wembed-cost-'));

/** Instructions for each byte of the bodies that become machine code. */
function cost(listing: string, file: string): number {
  const counts = join(folder, 'counts');
  const output = execFileSync('valgrind', [
    '--tool=callgrind',
    '--toggle-collect=wembed::jit::compile(*',
    `--callgrind-out-file=${counts}`,
    ...[listing, '--code', file],
  ], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }); // prettier-ignore
  const bytes = /(\d+) bytes/.exec(output)?.[1];
  const instructions = /^totals: (\d+)/m.exec(readFileSync(counts, 'utf8'))?.[1];
  if (bytes === undefined || instructions === undefined) throw new Error(`not counted: ${output}`);
  return Number(instructions) / Number(bytes);
}

function costOfGenerated(listing: string, form: string, bytes: number): number {
  const file = join(folder, `${form}.wasm`);
  writeFileSync(file, generated(form, bytes));
  return cost(listing, file);
}

let failures = 0;

function check(what: string, found: number, bound: number): void {
  const isBelow = found <= bound;
  if (!isBelow) failures++;
  console.log(
    `${what}: ${found.toFixed(0)} instructions a byte, ${isBelow ? '' : 'NOT '}below ${bound.toFixed(0)}`,
  );
}

function checkAll(listing: string): void {
  for (const { file, bound } of real) check(file, cost(listing, join(packages, file)), bound);
  for (const { form, bound } of large) {
    const before = costOfGenerated(listing, form, smaller);
    const found = costOfGenerated(listing, form, larger);
    check(`${form} of ${larger} bytes`, found, bound);
    check(`${form} of ${larger} bytes beside ${smaller}`, found, 1.1 * before);
  }
}

function main(): void {
  const command = new Command()
    .requiredOption('--listing <program>', 'wembed_jit_listing')
    .argument('[files...]', 'modules');
  command.parse();
  const { listing } = command.opts<{ listing: string }>();
  if (spawnSync('valgrind', ['--version']).status !== 0) {
    console.log('valgrind is not installed: not counted');
    return;
  }
  for (const file of command.args) console.log(`${file}: ${cost(listing, file).toFixed(0)}`);
  if (command.args.length === 0) checkAll(listing);
}

try {
  main();
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failures === 0 ? 0 : 1;
