/** Names of C++ and Rust as their sources have them; those of others, and broken ones, as they are. */
import { Runtime } from '../../lib';
import { demangled } from '../../lib/base/demangle';
import { assemble } from './assemble';

/* cspell:disable */
test.each([
  ['_Z3addii', 'add'],
  ['_ZN8geometry5scaleERNS_3vecIfEEf', 'geometry::scale'],
  ['_ZN8geometry3vecIfE3dotERKS1_', 'geometry::vec<float>::dot'],
  ['_ZNK8geometry3vecIfE3dotERKS1_', 'geometry::vec<float>::dot'],
  ['_ZN5shapeC1ERKS_', 'shape::shape'],
  ['_ZN5shapeD0Ev', 'shape::~shape'],
  ['_ZN1aI1bIiEE1cIfEC2Ev', 'a<b<int>>::c<float>::c'],
  ['_ZN4vec2plERKS_', 'vec2::operator+'],
  ['_ZNSt6vectorIiSaIiEE9push_backEOi', 'std::vector<int, std::allocator<int>>::push_back'],
  ['_ZN12_GLOBAL__N_16hiddenEv', '(anonymous namespace)::hidden'],
  ['_Z5applyIPFiiiELb1ELi3EEvT_', 'apply<int (int, int)*, true, 3>'],
  ['_ZTV5shape', 'vtable for shape'],
  ['_ZZ4mainE5count', 'main::count'],
  ['_ZZ4mainENKUlvE_clEv', 'main::{lambda#1}::operator()'],
  ['_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE', 'core::fmt::Write::write_fmt'],
  [
    '_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar17h930b740aa94f1d3aE',
    "<Test + 'static as foo::Bar<Test>>::bar",
  ],
  ['_RNvCs1234_7mycrate3foo', 'mycrate::foo'],
  ['_RNvMs_Cs4Cv8Wi1oAIB_7mycrateNtB4_7Example3foo', '<mycrate::Example>::foo'],
  ['_RINvCs1234_7mycrate3fooReEB2_', 'mycrate::foo<&str>'],
  ['_RNCNvCs1234_7mycrate4main0B3_', 'mycrate::main::{closure#0}'],
  ['_RNvXCs1234_7mycrateINtB2_3FoohENtB2_3Bar3baz', '<mycrate::Foo<u8> as mycrate::Bar>::baz'],
  ['_RINvC1a1fAtj8_E', 'a::f<[u16; 8]>'],
])('%s', (name, shown) => {
  expect(demangled(name)).toBe(shown);
});

test.each([
  '',
  'main',
  '_start',
  '_Z',
  '_ZN',
  '_ZN3foo',
  '_ZN99999999fooE',
  '_ZNS5_E',
  '_Z1fIT_E',
  '_R',
  '_RNv',
  '_RB_',
  '_RNvB_3foo',
  '_ZN1a17h0123456789abcdefE ',
  `_Z1f${'P'.repeat(5000)}i`,
  `_Z1fI${'P'.repeat(500)}iE`,
  `_ZN${'1a'.repeat(3000)}E`,
])('%# is left as it is', (name) => {
  expect(demangled(name)).toBeUndefined();
});

test('what refers back does not grow without bound', () => {
  // Each type names the one before twice.
  const steps = Array.from(
    { length: 40 },
    (_, i) =>
      `1tIS${i < 1 ? '' : (i - 1).toString(36).toUpperCase()}_S${i < 1 ? '' : (i - 1).toString(36).toUpperCase()}_E`,
  );
  const began = process.cpuUsage().user;
  demangled(`_Z1fI1a${steps.join('')}E`);
  demangled(`_RINvC1a1b${'TB_B_E'.repeat(300)}E`);
  expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
});

test('random changes of names never throw', () => {
  const names = ['_ZN8geometry3vecIfE3dotERKS1_', '_RNvXCs1234_7mycrateINtB2_3FoohENtB2_3Bar3baz'];
  const letters = '_ZNRSTIEKPLCDXYBMsh0123456789abcdef$.';
  let state = 12345;
  const random = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  for (let i = 0; i < 20_000; i++) {
    const chars = Array.from(names[i % names.length] ?? '');
    for (let count = random(4); count >= 0; count--) {
      chars.splice(random(chars.length), random(3), letters[random(letters.length)] ?? '');
    }
    demangled(chars.join(''));
  }
});

test('stacks of traps have them', async () => {
  const bytes = await assemble(
    '(module (func $_ZN8geometry5scaleERNS_3vecIfEEf (export "run") unreachable))',
  );
  using runtime = new Runtime();
  const { exports } = runtime.load(bytes).instantiate<{ run(): void }>();
  expect(() => {
    exports.run();
  }).toThrow(
    expect.objectContaining({
      stack: expect.stringContaining('at geometry::scale (wasm-function[0]') as string,
    }) as Error,
  );
});
