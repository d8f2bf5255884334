/** What prebuilt addons and commands for Linux have to be, so that they run wherever Node does. */
import { type ElfFile, readElf } from './elf.js';
import { isNewer, parseGlibcVersion } from './stub_libraries.js';
import { glibcFloor, type Target } from './target.js';

/** The entry points, and nothing else, are to be seen from outside. */
const shown = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** Found in Node's program; everything else has a library and a version. */
const isOfNode = (name: string): boolean => /^(napi|node_api)_/.test(name);

/** Put there by gcc's start files: used if there. */
const isOptional = (name: string): boolean => /^(_ITM_\w+TMCloneTable|__gmon_start__)$/.test(name);

const libraries =
  /^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|ld-linux[-\w]*\.so\.\d)$/;

/** Of either kind of file. */
function commonProblems(file: ElfFile, target: Pick<Target, 'arch'>): string[] {
  const problems: string[] = [];
  if (file.arch !== target.arch) problems.push(`is for ${file.arch}, not ${target.arch}`);
  for (const name of file.needed) {
    if (!libraries.test(name)) problems.push(`needs ${name}`);
  }
  for (const [library, versions] of file.versions) {
    for (const text of versions) {
      const version = parseGlibcVersion(text);
      if (version === undefined || isNewer(version, glibcFloor)) {
        problems.push(`needs ${text} of ${library}`);
      }
    }
  }
  if (file.hasRunPath) problems.push('names folders of the machine that made it');
  if (file.hasPackedRelocations) problems.push('has relocations that glibc reads from 2.36 on');
  if (file.sections.some(({ name }) => name === '.symtab')) problems.push('is not stripped');
  return problems;
}

/** Names that nothing offers where it is loaded. */
function missingNames(file: ElfFile, isElsewhere: (name: string) => boolean): string[] {
  return file.symbols
    .filter(({ isDefined, version }) => !isDefined && version === '')
    .filter(({ name, isWeak }) => !isElsewhere(name) && !(isWeak && isOptional(name)))
    .map(({ name }) => `needs ${name}, which nothing offers`);
}

/** Every broken rule of an addon as a line of text. */
export function findBinaryProblems(path: string, target: Pick<Target, 'arch'>): string[] {
  const file = readElf(path);
  const defined = new Set(
    file.symbols.filter(({ isDefined }) => isDefined).map(({ name }) => name),
  );
  const strangers = [...defined].filter((name) => !shown.includes(name));
  return [
    ...commonProblems(file, target),
    ...strangers.map((name) => `shows ${name}`),
    ...missingNames(file, isOfNode),
    ...shown.filter((name) => !defined.has(name)).map((name) => `does not show ${name}`),
  ];
}

/** What native libraries of programs ask the command for, one name of each header. */
const api = ['wasm_runtime_get_module_inst', 'wembed_version', 'wasm_engine_new'];

/** The same of a command. */
export function findCommandProblems(path: string, target: Pick<Target, 'arch'>): string[] {
  const file = readElf(path);
  const shows = (name: string): boolean =>
    file.symbols.some((symbol) => symbol.isDefined && symbol.name === name);
  const constructors = file.sections.find(({ name }) => name === '.init_array')?.size ?? 0;
  return [
    ...commonProblems(file, target),
    ...missingNames(file, () => false),
    ...api.filter((name) => !shows(name)).map((name) => `does not show ${name}`),
    // Of glibc's start files; those of today leave it to the library to run more, and before 2.34 it
    // does not. On arm64 libgcc asks for one more, without which its atomics are the plain ones.
    ...(constructors > (target.arch === 'arm64' ? 16 : 8) ? ['has static constructors'] : []),
  ];
}
