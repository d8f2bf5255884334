/** What a prebuilt addon for Linux has to be, so that it loads wherever Node does. */
import { readElf } from './elf.js';
import { isNewer, parseGlibcVersion } from './stub_libraries.js';
import { glibcFloor, type Target } from './target.js';

/** The entry points, and nothing else, are to be seen from outside. */
const shown = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** Found in Node's program; everything else has a library and a version. */
const isOfNode = (name: string): boolean => /^(napi|node_api)_/.test(name);

/** Put there by gcc's start files: used if there. */
const isOptional = (name: string): boolean => /^(_ITM_\w+TMCloneTable|__gmon_start__)$/.test(name);

const libraries = /^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|ld-linux[-\w]*\.so\.\d)$/;

/** Every broken rule as a line of text. */
export function findBinaryProblems(path: string, target: Pick<Target, 'arch'>): string[] {
  const file = readElf(path);
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
  for (const { name, version, isDefined, isWeak } of file.symbols) {
    if (isDefined && !shown.includes(name)) problems.push(`shows ${name}`);
    if (isDefined || version !== '' || isOfNode(name)) continue;
    if (!isWeak || !isOptional(name)) problems.push(`needs ${name}, which nothing offers`);
  }
  for (const name of shown) {
    if (!file.symbols.some((symbol) => symbol.isDefined && symbol.name === name)) {
      problems.push(`does not show ${name}`);
    }
  }
  if (file.hasPackedRelocations) problems.push('has relocations that glibc reads from 2.36 on');
  if (file.sections.some(({ name }) => name === '.symtab')) problems.push('is not stripped');
  return problems;
}
