/** Ruby's interpreter: a script and what it requires, from a directory of the system's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, tell } from '../program.js';
import { type WasiGuest, startGuest } from '../wasi_guest.js';

const script = `
require_relative 'lib/greet'
puts "ruby #{RUBY_VERSION} on #{RUBY_PLATFORM}", greet('wembed')
puts (1..20).map { |n| n * n }.select(&:even?).sum, 2**200, "größe".upcase
File.write('/src/out.txt', [3, 1, 2].sort.join(','))
puts File.read('/src/out.txt'), Dir.children('/src').sort.inspect
begin
  File.read('/src/missing')
rescue => e
  puts e.class
end
words = Hash.new(0)
'the quick brown fox the lazy dog the end'.split.each { |word| words[word] += 1 }
p words.max_by { |_, count| count }
$stdout.flush
`;

/** What Ruby calls of JavaScript's is not called here, but for numbers of its own objects. */
function imports(names: readonly { module: string; name: string }[]) {
  const objects: number[] = [];
  const refuse = (): never => {
    throw new Error('JavaScript is not to be called');
  };
  const given: Record<string, Record<string, (...args: number[]) => number | undefined>> = {};
  for (const { module, name } of names) {
    if (!module.startsWith('wasi_')) (given[module] ??= {})[name] = refuse;
  }
  Object.assign((given['canonical_abi'] ??= {}), {
    'resource_drop_js-abi-value': () => undefined,
    'resource_new_rb-abi-value': (value: number) => objects.push(value) - 1,
    'resource_get_rb-abi-value': (index: number) => objects[index],
  });
  return given;
}

function put({ functions, memory }: WasiGuest, text: string): [number, number] {
  const bytes = Buffer.from(text);
  const at = functions['cabi_realloc']?.(0, 0, 1, bytes.length) ?? 0;
  memory().set(bytes, at);
  return [at, bytes.length];
}

export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'wembed-ruby-'));
  try {
    writeFileSync(join(directory, 'main.rb'), script);
    mkdirSync(join(directory, 'lib'));
    writeFileSync(join(directory, 'lib', 'greet.rb'), 'def greet(name) = "hello, #{name}"\n');
    const bytes = bytesOf('@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm');
    const ruby = await startGuest({ bytes, imports, directory });
    const words = ['ruby.wasm', '-EUTF-8', '-e_=0'].flatMap((word) => put(ruby, `${word}\0`));
    const list = ruby.functions['cabi_realloc']?.(0, 0, 4, words.length * 4) ?? 0;
    words.forEach((word, i) => ruby.memory().writeUInt32LE(word, list + 4 * i));
    ruby.functions['ruby-init: func(args: list<string>) -> ()']?.(list, words.length / 2);
    const evaluate =
      'rb-eval-string-protect: func(str: string) -> tuple<handle<rb-abi-value>, s32>';
    const answer = ruby.functions[evaluate]?.(...put(ruby, "load '/src/main.rb'")) ?? 0;
    tell('state', ruby.memory().readInt32LE(answer + 4));
    tell('output', ruby.end());
  } finally {
    rmSync(directory, { recursive: true });
  }
}
