import { Option } from 'commander';

/** Who runs functions in the specification host: what its `--tier` takes. */
const tiers = [
  'interpreter',
  'base',
  'test',
  'mixed',
  'graph',
  'optimised',
  'passes',
  'native',
  'sampled',
  'loops',
];

/** `--tier` of a command that hands it on to the specification host. */
export const tierOption = (): Option =>
  new Option(
    '--tier <tier>',
    'who runs functions; mixed: either, at random; graph: what is built of them; passes: what each pass makes of that; sampled: machine code of what runs often; loops: of each loop; base: no SSE4.2',
  )
    .choices(tiers)
    .default('interpreter');
