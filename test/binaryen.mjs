/**
 * Assembles texts by binaryen, for instructions that wabt does not know: standard input is a list of
 * them as JSON, standard output one of modules in base64. A program of its own, since binaryen is a
 * module that tests cannot require.
 */
import { Buffer } from 'node:buffer';
import { readFileSync, writeSync } from 'node:fs';
import binaryen from 'binaryen';

const features = [
  'MutableGlobals',
  'NontrappingFPToInt',
  'SIMD128',
  'BulkMemory',
  'BulkMemoryOpt',
  'SignExt',
  'TailCall',
  'ReferenceTypes',
  'Multivalue',
  'GC',
  'ExceptionHandling',
  'ExtendedConst',
  'MultiMemory',
  'Memory64',
  'CustomPageSizes',
  'WideArithmetic',
];

function assemble(text) {
  const module = binaryen.parseText(text);
  module.setFeatures(features.reduce((sum, name) => sum | binaryen.Features[name], 0));
  const bytes = module.emitBinary();
  module.dispose();
  return Buffer.from(bytes).toString('base64');
}

binaryen.setDebugInfo(true);
const texts = JSON.parse(readFileSync(0, 'utf8'));
const output = Buffer.from(JSON.stringify(texts.map(assemble)));
for (let at = 0; at < output.length;) at += writeSync(1, output, at);
