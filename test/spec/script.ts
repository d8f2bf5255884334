/**
 * The suite's scripts: what their JSON says (see the suite's README) and how a command is put to
 * the host program as one line.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

export interface Value {
  type: string;
  value?: string | string[];
  lane_type?: string;
  values?: Value[];
}

export interface Action {
  type: 'invoke' | 'get';
  module?: string;
  field: string;
  args?: Value[];
}

export interface Command {
  type: string;
  line: number;
  name?: string;
  instance?: string;
  module?: string;
  as?: string;
  filename?: string;
  module_type?: 'binary' | 'text';
  text?: string;
  action?: Action;
  expected?: Value[];
}

export interface Script {
  /** Folder below the suite's, for example core/i32. */
  name: string;
  directory: string;
  commands: Command[];
}

const laneBits: Record<string, number> = { i8: 8, i16: 16, i32: 32, i64: 64, f32: 32, f64: 64 };

function isScript(path: string): boolean {
  return readFileSync(path, 'utf8').startsWith('{"source_filename"');
}

/** Paths of all scripts below a folder. */
function findScripts(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      const inside = join(path, `${entry.name}.json`);
      return existsSync(inside) ? [inside] : findScripts(path);
    }
    return entry.name.endsWith('.json') && isScript(path) ? [path] : [];
  });
}

/** The suite below `directory`, as `wast2json` and the like write it, in order of name. */
export function loadScripts(directory: string, filter: RegExp | undefined): Script[] {
  const scripts = findScripts(directory).map((path) => {
    const folder = dirname(path);
    const stem = basename(path, '.json');
    const place = basename(folder) === stem ? folder : join(folder, stem);
    return { path, folder, name: relative(directory, place).replaceAll('\\', '/') };
  });
  return scripts
    .filter(({ name }) => filter === undefined || filter.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ path, folder, name }) => {
      const { commands } = JSON.parse(readFileSync(path, 'utf8')) as { commands: Command[] };
      return { name, directory: folder, commands };
    });
}

/** A name as the host reads it. */
export function word(name: string | undefined): string {
  return name === undefined ? '-' : `x${Buffer.from(name, 'utf8').toString('hex')}`;
}

/** The lanes of a v128 put together, lane 0 lowest. */
export function vectorBits(type: string, lanes: string[]): bigint {
  const bits = laneBits[type];
  if (bits === undefined) throw new Error(`unknown lane type ${type}`);
  return lanes.reduce((sum, lane, i) => sum | (BigInt(lane) << BigInt(i * bits)), 0n);
}

export function lanesOf(type: string, bits: bigint): bigint[] {
  const width = laneBits[type];
  if (width === undefined) throw new Error(`unknown lane type ${type}`);
  const count = 128 / width;
  return Array.from({ length: count }, (_, i) => BigInt.asUintN(width, bits >> BigInt(i * width)));
}

/** In a slot of an anyref: what comes from the host. */
const fromHost = 1n << 63n;

/** The slot of a reference number N of the host: N + 1, and 0 is null. */
export function referenceSlot(type: string, content: string): bigint {
  return (type === 'anyref' ? fromHost : 0n) + BigInt(content) + 1n;
}

/** The slots of an argument. */
function slotsOf(value: Value): bigint[] {
  const { type, value: content } = value;
  if (type === 'v128') {
    const bits = vectorBits(value.lane_type ?? 'i32', content as string[]);
    return [BigInt.asUintN(64, bits), bits >> 64n];
  }
  if (/^[if](32|64)$/.test(type)) return [BigInt(content as string)];
  if (content === 'null' || content === undefined) return [0n];
  return [referenceSlot(type, content as string)];
}

function actionLine(action: Action): string {
  const slots = (action.args ?? []).flatMap(slotsOf).map((slot) => slot.toString(16));
  const verb = action.type === 'get' ? 'get' : 'invoke';
  return [verb, word(action.module), word(action.field), ...slots].join(' ');
}

/** The line that has the host perform a command. */
export function commandLine(script: Script, command: Command): string {
  const path = word(join(script.directory, command.filename ?? ''));
  switch (command.type) {
    case 'module':
      return `module ${word(command.name)} ${path}`;
    case 'module_definition':
      return `definition ${word(command.name)} ${path}`;
    case 'module_instance':
      return `instance ${word(command.instance)} ${word(command.module)}`;
    case 'register':
      return `register ${word(command.as)} ${word(command.name)}`;
    case 'assert_invalid':
    case 'assert_malformed':
      return `load ${path}`;
    case 'assert_unlinkable':
    case 'assert_uninstantiable':
      return `link ${path}`;
    default:
      if (command.action === undefined) throw new Error(`unknown command ${command.type}`);
      return actionLine(command.action);
  }
}

/** A command as people read it. */
export function describe(command: Command): string {
  const { action } = command;
  if (action === undefined) return [command.type, command.filename ?? ''].join(' ').trim();
  const text = (value: Value): string => `${value.type}:${String(value.value ?? '')}`;
  const args = (action.args ?? []).map(text).join(' ');
  return `${command.type} (${action.type} ${JSON.stringify(action.field)}${args && ` ${args}`})`;
}
