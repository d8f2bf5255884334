/** `wembed types`: typed callers for a module, from what it says of the program it was made from. */
import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { Runtime, WembedError } from '../index.js';
import { DescriptionError } from '../types/description.js';
import { differences } from '../types/differences.js';
import { emitC } from '../types/emit_c.js';
import { type ModuleFormat, emitTypeScript } from '../types/emit_typescript.js';
import { type Found, type Sources, companionsOf, embed, findTypes } from '../types/sources.js';
import { Failure, USAGE, reason } from './failure.js';

interface Options {
  output?: string;
  c?: string;
  dwarf?: string;
  describe?: string;
  init?: string;
  embed?: string;
  check?: true;
  watch?: true;
  quiet?: true;
}

/** Where the declarations of a JavaScript file go, and what kind of module it is. */
const kinds: Record<string, { declarations: string; format: ModuleFormat }> = {
  '.mjs': { declarations: '.d.mts', format: 'esm' },
  '.cjs': { declarations: '.d.cts', format: 'cjs' },
  '.js': { declarations: '.d.ts', format: 'esm' },
};

/** What TypeScript reads for `import './app.wasm'`; its code is made by who loads the file. */
const importEnding = '.d.wasm.ts';

export function typesCommand(): Command {
  return new Command('types')
    .summary('make typed callers for a module')
    .description(
      'Makes JavaScript with declarations for TypeScript, or a header for C, by which a module is ' +
        'called with the types of its source: structs, strings, enums, pointers to functions. They ' +
        'are known from its debugging information (-g), from a description, or from the module alone.',
    )
    .argument('<file>', 'module in binary form')
    .option(
      '-o, --output <file>',
      'JavaScript file: .mjs, .cjs or .js; declarations go beside it; or the declarations of ' +
        '`import "./app.wasm"`: app.d.wasm.ts',
    )
    .option('--c <file>', 'header for hosts in C')
    .option(
      '--dwarf <file>',
      'file with the debugging information that the module lacks: a twin, .dwo, .dwp',
    )
    .option('--describe <file>', 'description: says what is not, or otherwise, known')
    .option('--init <file>', 'write a first description, to be edited; - for standard output')
    .option('--embed <file>', 'write the module with what is known in a section of its own')
    .option('--watch', 'write them again whenever the module or what belongs to it changes')
    .option('--check', 'write nothing; print what has changed, and fail when something has')
    .option('-q, --quiet', 'no remarks')
    .exitOverride()
    .showHelpAfterError('(wembed types --help tells more)')
    .addHelpText(
      'after',
      '\nExamples:\n  wembed types app.wasm                        app.mjs and app.d.mts\n' +
        '  wembed types app.wasm --dwarf app.debug.wasm -o src/app.mjs\n' +
        '  wembed types app.wasm -o app.d.wasm.ts       for import app from "./app.wasm"\n' +
        '  wembed types app.wasm --c app.h\n  wembed types app.wasm --check\n' +
        '\napp.types.json and app.debug.wasm beside app.wasm are taken without --describe and --dwarf.\n' +
        '\nExit codes: 0 done, 1 it could not be done or something has changed, 2 wrong usage.',
    )
    .action(run);
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${reason(error)}`);
  }
}

function run(path: string, options: Options): void {
  if (options.watch !== true) {
    once(path, options);
    return;
  }
  if (options.check === true) throw new Failure('--watch and --check exclude each other', USAGE);
  again(path, options);
  const files = [path, ...Object.values(sourcesOf(path, options))];
  const watched = new Set(files.map((file) => resolve(file ?? path)));
  for (const folder of new Set([...watched].map((file) => dirname(file)))) {
    watch(folder, (_event, name) => {
      if (name !== null && watched.has(join(folder, name))) again(path, options);
    });
  }
}

/** A file that is being written is no module yet: that is told, and the next change waited for. */
function again(path: string, options: Options): void {
  try {
    once(path, options);
    process.stderr.write(`wembed: ${path}: written\n`);
  } catch (error) {
    process.stderr.write(`wembed: ${reason(error)}\n`);
  }
}

/** What is named, and of the rest what lies beside the module. */
function sourcesOf(path: string, options: Options): Pick<Sources, 'dwarf' | 'describe'> {
  const beside = companionsOf(path);
  return {
    dwarf: options.dwarf ?? beside.dwarf,
    describe: options.describe ?? beside.describe,
  };
}

function once(path: string, options: Options): void {
  const bytes = read(path);
  const beside = sourcesOf(path, options);
  for (const file of Object.values(beside)) if (file !== undefined) read(file);
  using runtime = new Runtime({ log: () => undefined });
  let found: Found;
  try {
    found = findTypes(runtime, { file: path, bytes, ...beside });
  } catch (error) {
    if (!(error instanceof WembedError || error instanceof DescriptionError)) throw error;
    throw new Failure(
      error instanceof DescriptionError ? error.message : `${path}: ${error.message}`,
    );
  }
  if (options.quiet !== true) remark(path, found);
  write(path, bytes, found, options);
}

function remark(path: string, { description, notes }: Found): void {
  for (const note of notes) process.stderr.write(`wembed: ${path}: ${note}\n`);
  for (const [name, why] of Object.entries(description.left ?? {})) {
    process.stderr.write(`wembed: ${path}: ${name} has no typed caller: ${why}\n`);
  }
}

function write(path: string, bytes: Uint8Array, found: Found, options: Options): void {
  const { description, offered, file } = found;
  if (options.init !== undefined) {
    const types = { ...offered, ...description.types };
    const schema = { $schema: schemaFor(options.init), ...description, types };
    const text = `${JSON.stringify(schema, undefined, 2)}\n`;
    if (options.init === '-') process.stdout.write(text);
    else put([[options.init, text]], options);
  }
  if (options.embed !== undefined) {
    if (options.check === true) throw new Failure('--embed and --check exclude each other', USAGE);
    writeFileSync(options.embed, embed(bytes, description));
  }
  const files: [string, string][] = [];
  const name = basename(path);
  const only = options.init !== undefined || options.embed !== undefined || options.c !== undefined;
  const output = options.output ?? (only ? undefined : withExtension(path, '.mjs'));
  if (output !== undefined) files.push(...generated(output, found, name));
  if (options.c !== undefined) files.push([options.c, emitC(description, file, name)]);
  put(files, options);
}

/** Where the schema is for a description: in the package that the project has, else in this one. */
function schemaFor(description: string): string {
  const start = description === '-' ? process.cwd() : dirname(resolve(description));
  const installed = 'node_modules/wembed/schema/types.schema.json';
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, installed))) {
      const path = relative(start, join(folder, installed)).replaceAll('\\', '/');
      return path.startsWith('.') ? path : `./${path}`;
    }
    if (folder === dirname(folder)) break;
  }
  return pathToFileURL(join(__dirname, '../../schema/types.schema.json')).href;
}

/** The files that an output stands for. */
function generated(output: string, { description, file }: Found, name: string): [string, string][] {
  if (output.endsWith(importEnding)) {
    const options = { name, format: 'esm', source: 'undefined' } as const;
    return [[output, emitTypeScript(description, file, options).declarations]];
  }
  const kind = kinds[extname(output)];
  if (kind === undefined) {
    throw new Failure(`${output} has to end in .mjs, .cjs, .js or ${importEnding}`, USAGE);
  }
  const made = emitTypeScript(description, file, { name, format: kind.format });
  return [
    [output, made.code],
    [withExtension(output, kind.declarations), made.declarations],
  ];
}

function withExtension(path: string, extension: string): string {
  return `${path.slice(0, path.length - extname(path).length)}${extension}`;
}

/** Writes the files, or says how they would change. */
function put(files: readonly (readonly [string, string])[], options: Options): void {
  if (options.check !== true) {
    for (const [path, text] of files) writeFileSync(path, text);
    return;
  }
  const changed = files.filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
  );
  if (changed.length === 0) return;
  const lines = changed.flatMap(([path, text]) => {
    if (!existsSync(path)) return [`${path} is not there`];
    const found = differences(readFileSync(path, 'utf8'), text);
    return found.length === 0
      ? []
      : [`${path}:`, ...found.map((line) => line.replace(/^/gm, '  '))];
  });
  const what = lines.length > 0 ? lines : ['the module is another one; its types are the same'];
  process.stdout.write(`${what.join('\n')}\n`);
  throw new Failure('the types do not fit the module any more: run wembed types again');
}
