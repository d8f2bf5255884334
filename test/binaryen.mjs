/**
 * Assembles the text on standard input to standard output, by binaryen: for instructions that wabt
 * does not know. A program of its own, since binaryen is a module that tests cannot require.
 */
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

const module = binaryen.parseText(readFileSync(0, 'utf8'));
module.setFeatures(features.reduce((sum, name) => sum | binaryen.Features[name], 0));
binaryen.setDebugInfo(true);
const bytes = module.emitBinary();
for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
