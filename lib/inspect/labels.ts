/** How inspections name things, in text and on pages. */
import type { RegionInspection, RegionKind } from './parts.js';
import type { Requirements } from '../load/requirements.js';
import { demangled } from '../base/demangle.js';

export const kindLabels: Readonly<Record<RegionKind, string>> = {
  unknown: 'not known',
  static: 'static data',
  stack: 'stack',
  'guest-heap': "guest's heap",
  'host-heap': "host's heap",
  grown: 'grown',
  reach: 'may grow',
  data: 'data',
  'stack-free': 'free',
  'stack-used': 'in use',
  allocation: 'allocation',
  free: 'free',
};

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.5 KiB`, `64 KiB`: at most one digit behind the point, rounded. */
export function sizeText(bytes: number | undefined): string {
  if (bytes === undefined) return 'not known';
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit + 1 < units.length) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1).replace('.0', '')} ${units[unit] ?? ''}`;
}

export function hex(offset: number): string {
  return `0x${offset.toString(16).padStart(8, '0')}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Parts of what a module needs, each with a note. */
export function requirementRows(
  needs: Requirements,
): [name: string, bytes: number, note: string][] {
  return [
    ['Block', needs.blockBytes, 'the smallest that holds everything'],
    ['Runtime', needs.runtimeBytes, ''],
    ['Module', needs.moduleBytes, 'without code'],
    ['Code', needs.codeBytes, 'all functions translated'],
    ['Instance', needs.instanceBytes, `${sizeText(needs.memoryBytes)} of it memory`],
    ['Allocator', needs.allocatorBytes + needs.transientBytes, 'bookkeeping and gaps'],
  ];
}

// Control characters, and those that change the direction of what follows.
// eslint-disable-next-line no-control-regex
const invisible = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A name of the guest's without what a terminal or a reader could be misled by. */
export function printable(name: string): string {
  return name.replace(invisible, (char) => {
    const code = char.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}

/** What the name is in a source of C++ or Rust; empty: it is no mangled name. */
export function sourceName(name: string): string {
  return printable(demangled(name) ?? '');
}

/** `data 3 .rodata`, `allocation, 5 f32`. */
export function regionLabel(region: RegionInspection): string {
  const number = region.index === undefined ? '' : ` ${region.index}`;
  const name = region.name === '' ? '' : ` ${printable(region.name)}`;
  const owner = region.buffer && `, ${region.buffer.length} ${printable(region.buffer.layout)}`;
  return `${kindLabels[region.kind]}${number}${name}${owner ?? ''}`;
}
