/**
 * The native command as a process:
 *
 *   npx tsx test/command/run.ts --command PROGRAM --modules FOLDER --plugin LIBRARY
 *
 * What it prints is compared with what WAMR's iwasm prints, where that has the option.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { slowness } from '../yardstick.js';

const options = new Command('run.ts')
  .requiredOption('--command <program>')
  .requiredOption('--modules <folder>', 'with the assembled test/modules')
  .requiredOption('--plugin <library>', 'made of plugin.c')
  .option('--slow', 'it has sanitizers')
  .parse()
  .opts<{ command: string; modules: string; plugin: string; slow?: true }>();
const program = resolve(options.command);
const scratch = mkdtempSync(join(tmpdir(), 'wembed-command-'));
const module = (name: string): string => join(resolve(options.modules), `${name}.wasm`);

interface Ended {
  status: number | null;
  out: string;
  err: string;
}

function run(args: string[], input: string | Uint8Array = '', name = program): Ended {
  const { status, signal, stdout, stderr } = spawnSync(name, args, { input, cwd: scratch });
  assert.equal(signal, null, `${args.join(' ')} was ended by a signal`);
  return { status, out: stdout.toString(), err: stderr.toString() };
}

/** Standard output and status alone. */
function result(args: string[], input?: string): [string, number | null] {
  const { out, status } = run(args, input);
  return [out, status];
}

let seed = 1;
function random(below: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

const cases: Record<string, () => void | Promise<void>> = {
  'functions are called by name, results printed as iwasm prints them'() {
    const execute = module('execute');
    assert.deepEqual(result(['-f', 'add', execute, '3', '0x10']), ['0x13:i32\n', 0]);
    assert.deepEqual(result(['run', '--function', 'several', execute]), [
      '0xffffffff:i32,0xffffffffffffffff:i64,0.1:f64\n',
      0,
    ]);
    assert.deepEqual(result(['run', '--function=none', execute]), ['\n', 0]);
    assert.deepEqual(result(['-f', 'id_f32', execute, '-1.5']), ['-1.5:f32\n', 0]);
    assert.deepEqual(result(['--stack-size=0', '-f', 'add', execute, '1', '2']), ['0x3:i32\n', 0]);
    assert.deepEqual(result(['-f', 'add', execute, '1']), [
      'Exception: invalid input argument count\n',
      1,
    ]);
    assert.deepEqual(result(['-f', 'gone', execute]), [
      'Exception: lookup function gone failed\n',
      1,
    ]);
  },

  'a program gets its words, variables and directories, and nothing else'() {
    const path = module('command');
    assert.deepEqual(result([path, 'a', '--dir=x']), [`${path}\0a\0--dir=x\0`, 3]);
    const given = ['--env=A=1', '--env', 'B=2=3', '--dir=.', '--map-dir', `/data::${scratch}`];
    assert.deepEqual(result([...given, path]), [`${path}\0A=1\0B=2=3\0.\0/data\0`, 1]);
    assert.deepEqual(result(['--dir=/no/such', path]), [
      'error while pre-opening directory /no/such: 2\n\n',
      255,
    ]);
    assert.deepEqual(result(['--addr-pool=127.0.0.1', path]), [
      'Invalid address pool entry: 127.0.0.1, must be in the format of ADDRESS/MASK\n',
      255,
    ]);
    const pools = ['--addr-pool=127.0.0.1/32,::1/128', '--addr-pool', '10.0.0.0/8'];
    assert.equal(run([...pools, '--allow-resolve=*', path]).status, 1);
  },

  'main gets its arguments through the heap'() {
    const path = module('main_args');
    assert.deepEqual(result(['--heap-size=16k', path, 'a']), ['', 0]);
    const { out, status } = run([path]);
    assert.match(out, /\nException: allocate memory failed\n$/);
    assert.equal(status, 1);
  },

  'exceptions, with where they were on standard error'() {
    const { status, out, err } = run(['-f', 'crash', module('command')]);
    assert.deepEqual([out, status], ['Exception: integer divide by zero\n', 1]);
    assert.match(err, /^ {2}at fall, offset 0x[\da-f]+\n {2}at crash, offset 0x[\da-f]+\n$/);
    const debug = join('debug', 'c_5_2'); // only where there is a compiler for it
    if (!existsSync(module(debug))) return;
    const inlined = run(['-f', 'divide', module(debug), '1', '0']);
    assert.match(
      inlined.err,
      /^ {2}at helper \(.*shapes\.c:\d+:\d+\)\n {2}at divide \(.*shapes\.c:\d+:\d+\), offset 0x[\da-f]+\n/,
    );
  },

  'what cannot be loaded or begun'() {
    const missing = run(['missing.wasm']);
    assert.equal(missing.status, 255);
    assert.match(missing.err, /^wembed: missing\.wasm cannot be read: No such file/);
    assert.match(run(['.']).err, /^wembed: \. cannot be read: Is a directory/);
    const text = run(['-'], 'some text');
    assert.equal(text.out, 'WASM module load failed: magic header not detected\n');
    assert.equal(text.status, 255);
    const bytes = readFileSync(module('execute'));
    const cut = run(['-'], bytes.subarray(0, -5));
    assert.match(cut.out, /^WASM module load failed: [^\n]+\n$/);
    assert.match(cut.err, /^wembed: standard input.*, at offset 0x[\da-f]+ in the section /);
    assert.equal(cut.status, 255);
    const start = run([module('start_trap')]);
    assert.equal(start.out, 'WASM module instantiate failed: Exception: unreachable\n');
    assert.equal(start.status, 255);
  },

  'a module comes by standard input'() {
    const bytes = readFileSync(module('execute'));
    assert.deepEqual(run(['-f', 'add', '-', '1', '2'], bytes).out, '0x3:i32\n');
  },

  'limits of time and instructions'() {
    const path = module('command');
    const ended = ['Exception: terminated by user\n', 1];
    assert.deepEqual(result(['--timeout=50', '-f', 'spin', path]), ended);
    assert.deepEqual(result(['--timeout=0', '-f', 'spin', path]), ended);
    assert.deepEqual(result(['--fuel', '10000', '-f', 'spin', path]), [
      'Exception: instruction limit exceeded\n',
      1,
    ]);
    assert.equal(run(['--timeout=50', module('start_loop')]).status, 255);
    assert.deepEqual(result(['--fuel=10000', module('start_spin')]), [
      'WASM module instantiate failed: Exception: instruction limit exceeded\n',
      255,
    ]);
  },

  'a program starts as many threads as it may'() {
    const path = module('command_threads');
    assert.equal(run(['-v=0', path]).status, 4);
    assert.equal(run(['-v=0', '--max-threads=2', path]).status, 2);
  },

  async 'a program reaches what it was granted'() {
    const server = createServer((socket) => {
      socket.on('data', (data) => socket.end(data.toString().toUpperCase()));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const answered = async (...granted: string[]): Promise<[string, number | null]> => {
      const child = spawn(program, [...granted, module('command_socket')]);
      let out = '';
      child.stdout.on('data', (data: Buffer) => (out += data.toString()));
      child.stdin.end(Buffer.from([port & 255, port >> 8]));
      const status = await new Promise<number | null>((done) => child.on('close', done));
      return [out, status];
    };
    assert.deepEqual(await answered('--addr-pool=127.0.0.1/32'), ['PING', 0]);
    assert.deepEqual(await answered('--addr-pool=10.0.0.0/8'), ['', 2]);
    assert.deepEqual(await answered(), ['', 2]);
    await new Promise((done) => server.close(done));
  },

  'it starts in milliseconds'() {
    const times = Array.from({ length: 8 }, () => {
      const start = performance.now();
      run(['-f', 'none', module('execute')]);
      return performance.now() - start;
    });
    const most = options.slow === true ? 1000 : 20;
    assert.ok(
      Math.min(...times) < most * slowness(),
      `takes ${times.map(Math.round).join(', ')} ms`,
    );
  },

  'a prompt for functions'() {
    const lines = 'add 1 2\ngone\n\nadd "0x10" 1\ntrap\nadd 1 1\n__exit__\nadd 5 5\n';
    assert.deepEqual(result(['--repl', module('execute')], lines), [
      'webassembly> 0x3:i32\n' +
        'webassembly> Exception: lookup function gone failed\n' +
        'webassembly> webassembly> 0x11:i32\n' +
        'webassembly> Exception: unreachable\n' +
        'webassembly> 0x2:i32\n' +
        'webassembly> ',
      0,
    ]);
    assert.deepEqual(result(['--repl', module('execute')], 'none'), [
      'webassembly> \nwebassembly> ',
      0,
    ]);
  },

  'native libraries'() {
    const library = ['--native-lib', resolve(options.plugin)];
    const path = module('command_native');
    assert.deepEqual(result([...library, '-f', 'twice', path, '21']), [
      'plugin begins\n0x2a:i32\nplugin ends\n',
      0,
    ]);
    assert.equal(
      run([...library, '-f', 'size', path]).out,
      'plugin begins\n0xe:i32\nplugin ends\n',
    );
    // What cannot be used is said, and missed by whom it is needed.
    const missing = run(['--native-lib=./missing.so', ...library, '-f', 'size', path]);
    assert.deepEqual([missing.out, missing.status], ['plugin begins\n0xe:i32\nplugin ends\n', 0]);
    assert.match(
      missing.err,
      /^wembed: warning: the native library \.\/missing\.so cannot be loaded: /,
    );
    const other = run(['--native-lib', 'libc.so.6', '-f', 'size', path]);
    assert.match(
      other.err,
      /warning: the native library libc\.so\.6 has no function get_native_lib\n/,
    );
    assert.match(`${other.out}${other.err}`, /failed to call unlinked import function/);
    assert.equal(other.status, 1);
  },

  'modules that others import from are looked for in a folder'() {
    const path = module('mm_main');
    for (const name of ['counter', 'middle']) {
      copyFileSync(module(`mm_${name}`), join(scratch, `${name}.wasm`));
    }
    assert.deepEqual(result(['-v=0', '-f', 'next', path]), ['0xb:i32\n', 0]);
    assert.deepEqual(result(['-v=0', `--module-path=${scratch}`, '-f', 'twice', path]), [
      '0xc:i32\n',
      0,
    ]);
    const nowhere = run(['--module-path', 'nowhere', '-f', 'next', path]);
    assert.match(nowhere.out, /^WASM module instantiate failed: /m);
    assert.equal(nowhere.status, 255);
  },

  'command lines that make no sense print the usage, and end with 1'() {
    for (const args of [
      ['run'],
      ['--nonsense', 'a.wasm'],
      ['--stack-size=much', 'a.wasm'],
      ['--stack-size=', 'a.wasm'],
      ['--heap-size=4g', 'a.wasm'],
      ['-v=6', 'a.wasm'],
      ['--dir=', 'a.wasm'],
      ['--module-path=', 'a.wasm'],
      ['--llvm-jit', 'a.wasm'],
      ['-f', 'add'],
      ['--env=A', 'a.wasm'],
      ['--map-dir=/a:/b', 'a.wasm'],
      ['--repl=1', 'a.wasm'],
      ['--timeout'],
      ['inspect', 'a.wasm', 'b.wasm'],
      ['validate'],
      ['validate', '--dir=.', 'a.wasm'],
    ]) {
      const { status, out, err } = run(args);
      assert.equal(status, 1, args.join(' '));
      assert.match(out, /^Usage: wembed /, args.join(' '));
      assert.match(err, /^wembed: .+\n$/, args.join(' '));
    }
  },

  'help, version, and iwasm'() {
    assert.match(run(['--version']).out, /^wembed \d+\.\d+\.\d+\n\(as WAMR 2\.4\.5\)\n/);
    for (const name of ['run', 'validate', 'inspect', 'imports', 'exports']) {
      assert.match(run(['--help']).out, new RegExp(`^ {2}${name} `, 'm'));
      assert.match(run([name, '--help']).out, new RegExp(`^Usage: wembed ${name} `));
      assert.equal(run(['help', name]).out, run([name, '-h']).out);
    }
    assert.match(run(['--help']).out, /^ {2}check-port {2}\S/m); // the longest has room, too
    assert.equal(run([]).status, 1);
    const iwasm = join(scratch, 'iwasm');
    symlinkSync(program, iwasm);
    assert.match(run(['--version'], '', iwasm).out, /^iwasm 2\.4\.5\n/);
    assert.equal(run(['-f', 'add', module('execute'), '1', '1'], '', iwasm).out, '0x2:i32\n');
    assert.match(run(['inspect', '--help'], '', iwasm).err, /inspect cannot be read/);
  },

  'modules are checked, and listed'() {
    const [good, other] = [module('execute'), module('exceptions')];
    assert.deepEqual(run(['validate', good, other]), { status: 0, out: '', err: '' });
    writeFileSync(join(scratch, 'bad.wasm'), readFileSync(good).subarray(0, -3));
    const bad = run(['validate', good, 'bad.wasm', 'missing.wasm']);
    assert.equal(bad.status, 1);
    assert.match(bad.err, /^wembed: bad\.wasm: .+\nwembed: missing\.wasm cannot be read: .+\n$/);
    assert.equal(
      run(['imports', module('command_native')]).out,
      'plugin.twice func (i32) -> (i32)\nplugin.size_of func (i32) -> (i32)\n',
    );
    assert.match(run(['exports', good]).out, /^none func \(\) -> \(\)\nid_i32 func /);
    assert.match(run(['inspect', module('inspect')]).out, /\nmemory 0: 2 pages of 64 KiB/);
    assert.match(run(['inspect', module('start_trap')]).out, /^functions: /);
    // A name that a terminal would take for a command.
    const colours = '0061736d01000000' + '01040160000002' + '0c0103656e76041b5b33316d0000';
    assert.equal(run(['imports', '-'], Buffer.from(colours, 'hex')).status, 1);
  },

  'what a host of WAMR uses is told from sources, object code and archives'() {
    const check = (name: string, content: string | Uint8Array): Ended => {
      writeFileSync(join(scratch, name), content);
      return run(['check-port', '--all', name]);
    };
    const used = ['wasm_runtime_get_module_inst', 'wasm_runtime_validate_native_addr'];
    const object = readFileSync(resolve(options.plugin));
    const head = `${'plugin.o/'.padEnd(48)}${String(object.length).padEnd(10)}\`\n`;
    const archive = Buffer.concat([Buffer.from(`!<arch>\n${head}`), object]);
    for (const [name, content, kind] of [
      ['plugin.so', object, 'object code'],
      ['plugin.a', archive, 'an archive'],
      ['plugin.c', readFileSync(join(__dirname, 'plugin.c')), 'a source text'],
    ] as const) {
      const { status, out } = check(name, content);
      assert.equal(
        out,
        `${name}, ${kind}\n${used.map((one) => `  ${one.padEnd(44)} as in WAMR\n`).join('')}` +
          "  2 of WAMR's API: 2 as in WAMR, 0 without effect, 0 missing\n" +
          'What differs in functions that are there: docs/wamr-compat.md\n',
      );
      assert.equal(status, 0);
    }
    const bad = check(
      'bad.c',
      '#include "wasm_export.h"\n#include "../wasm_runtime.h"\n' +
        '// wasm_runtime_load\n/* wasm_runtime_init\n */ char c = \'"\'; char *s = "wasm_runtime_init(\\"";\n' +
        'int main() { wasm_runtime_is_xip_file(p, 1); wasm_runtime_get_module_hash(m);\n' +
        '  wasm_runtime_inner (1); wasm_runtime_inner_t x; my_wasm_runtime_init(); }\n',
    );
    assert.equal(bad.status, 1);
    assert.match(bad.out, /wasm_runtime_get_module_hash +missing: WAMR declares it/);
    assert.match(bad.out, /wasm_runtime_inner +missing: an internal function/);
    assert.match(
      bad.out,
      /wasm_runtime_is_xip_file +links, as in a build without: there is no AOT/,
    );
    assert.match(bad.out, /\.\.\/wasm_runtime\.h +missing: an internal header/);
    assert.match(bad.out, / 4 of WAMR's API: 0 as in WAMR, 1 without effect, 3 missing\n/);
    assert.match(
      check('gc.c', 'int main() { wasm_struct_obj_new_with_typeidx(env, 0); }').out,
      / 1 of WAMR's API: 1 as in WAMR, .*\n {2}has objects of gc_export\.h: link libwembed-gc\n/,
    );
    const own = run(['check-port', program]);
    assert.match(own.out, /has WAMR's own functions in it/);
    assert.equal(own.status, 1);
    assert.match(check('none.c', 'int main() {}').out, /uses nothing of WAMR's API/);
    assert.equal(run(['check-port', module('execute'), 'missing.o']).status, 1);
    for (let i = 0; i < 60; i++) {
      const broken = Buffer.from(i % 2 === 0 ? object : archive);
      for (let n = 0; n < 40; n++) broken[random(n < 30 ? 400 : broken.length)] = random(256);
      check('broken.so', broken.subarray(0, random(2) === 0 ? undefined : random(broken.length)));
    }
  },

  async 'signals end what runs and what waits, between two writes'() {
    for (const [name, signal] of [
      ['wait', 'SIGINT'],
      ['spin', 'SIGTERM'],
      ['write', 'SIGINT'],
    ] as const) {
      const child = spawn(program, ['-f', name, module('command')]);
      let bytes = 0;
      child.stdout.on('data', (data: Buffer) => (bytes += data.length));
      const ended = new Promise<[number | null, string | null]>((done) =>
        child.on('close', (status, by) => done([status, by])),
      );
      await wait(300 * slowness());
      const start = performance.now();
      child.kill(signal);
      assert.deepEqual(await ended, [null, signal], name);
      assert.ok(performance.now() - start < 2000 * slowness(), `${name} ends late`);
      assert.equal(bytes % 4096, 0, `${name} ends in the middle of a write`);
      if (name === 'write') assert.ok(bytes > 0);
    }
  },

  'broken modules are errors'() {
    const bytes = readFileSync(module('exceptions'));
    const files: string[] = [];
    for (let i = 0; i < 300; i++) {
      const copy = Buffer.from(bytes);
      for (let n = random(6); n >= 0; n--) copy[random(copy.length)] = random(256);
      files.push(`broken${i}.wasm`);
      writeFileSync(
        join(scratch, files[i] ?? ''),
        copy.subarray(0, random(8) ? undefined : random(copy.length)),
      );
    }
    for (const name of ['validate', 'imports', 'exports']) {
      assert.equal(run([name, ...files]).status, 1);
    }
    for (const file of files.slice(0, 40)) {
      const limits = ['--timeout=200', '--fuel=100000', '-v=0'];
      assert.ok([0, 1, 255].includes(run([...limits, file]).status ?? -1), file);
      assert.ok([0, 1].includes(run(['inspect', file]).status ?? -1), file);
    }
  },
};

async function main(): Promise<void> {
  try {
    for (const [name, body] of Object.entries(cases)) {
      await body();
      console.log(`ok: ${name}`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

void main();
