/**
 * `npm run docs -- [--figures FILE] [FOLDER]`: builds the site into out/docs/site, to be opened from there or
 * served by anything. Figures are those of bench/measured.json, if it is there, where no other file is named.
 * TypeDoc makes it; this file gives it the pages and leads names in texts to what they name.
 */
import { rmSync, statSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  Application,
  type CommentDisplayPart,
  Converter,
  DocumentReflection,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
} from 'typedoc';
import { chapters, made } from './contents.js';
import { revisionOf, stage } from './stage.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const source = join(root, 'out/docs/source');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { figures: { type: 'string' } },
});
const out = resolve(positionals[0] ?? join(root, 'out/docs/site'));

/** What a text in code marks may name: `Runtime`, `Runtime.loadFile`, `loadFile()` of nobody. */
function namesOf(project: ProjectReflection): Map<string, Reflection> {
  const found = new Map<string, Reflection>();
  const types = [ReflectionKind.Class, ReflectionKind.Interface];
  for (const reflection of Object.values(project.reflections)) {
    const { name, parent } = reflection;
    if (!reflection.isDeclaration() || parent === undefined) continue;
    if (parent.kindOf(types)) found.set(`${parent.name}.${name}`, reflection);
    else if (parent.kindOf(ReflectionKind.Module)) found.set(name, reflection);
  }
  return found;
}

/** Words that are exports, and mostly mean something else in a text. */
const plain = new Set([
  'struct',
  'array',
  'offset',
  'fresh',
  'pointer',
  'version',
  'chars',
  'distance',
]);

function linkParts(parts: CommentDisplayPart[], names: ReturnType<typeof namesOf>): void {
  const seen = new Set<string>();
  parts.forEach((part, i) => {
    if (part.kind === 'text' && /^#/m.test(part.text)) seen.clear();
    const name = /^`([\w.]+?)(?:\(\))?`$/.exec(part.text)?.[1];
    if (part.kind !== 'code' || name === undefined || plain.has(name) || seen.has(name)) return;
    const target = names.get(name);
    // A heading is no place for a link, and neither is the text of one.
    const before = parts[i - 1]?.text ?? '';
    if (target === undefined || /(?:\[|^#+ .*|\n#+ .*)$/.test(before)) return;
    seen.add(name);
    parts[i] = { kind: 'inline-tag', tag: '@linkcode', text: part.text.slice(1, -1), target };
  });
}

const { readme, documents } = stage(root, source, values.figures);
rmSync(out, { recursive: true, force: true });
const app = await Application.bootstrapWithPlugins({
  plugin: [],
  name: 'wembed',
  entryPoints: [join(root, 'lib/index.ts')],
  tsconfig: join(root, 'tsconfig.build.json'),
  basePath: root,
  displayBasePath: root,
  projectDocuments: documents,
  readme,
  out,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableGit: true,
  sourceLinkTemplate: `https://github.com/wembed/wembed/blob/${revisionOf(root)}/{path}#L{line}`,
  gitRevision: revisionOf(root),
  includeVersion: true,
  hideGenerator: true,
  searchInDocuments: true,
  searchInComments: true,
  customCss: join(root, 'tools/docs/site.css'),
  highlightLanguages: [
    'bash',
    'c',
    'cmake',
    'cpp',
    'css',
    'diff',
    'javascript',
    'json',
    'makefile',
    'typescript',
    'wasm',
    'yaml',
  ],
  ignoredHighlightLanguages: ['text'],
  navigation: { includeGroups: true, includeCategories: false, includeFolders: false },
  groupOrder: [...chapters.map(({ title }) => title), made.c, made.examples, '*'],
  sortEntryPoints: false,
  sort: ['documents-first', 'alphabetical-ignoring-documents'],
  navigationLinks: { Repository: 'https://github.com/wembed/wembed' },
  validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: true },
  // What tells offsets apart is nobody's to use.
  intentionallyNotDocumented: [
    'At.__type.[target]',
    'Offset.__type.[target]',
    'Offset64.__type.[target]',
    'Live.__type.[inGuest]',
  ].map((name) => `wembed.${name}`),
  treatWarningsAsErrors: true,
});
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) module.name = 'wembed';
});
app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
  const names = namesOf(project);
  for (const reflection of Object.values(project.reflections)) {
    if (reflection instanceof DocumentReflection) linkParts(reflection.content, names);
  }
});
// The exports are one module, whose chapter has a name like the others.
app.converter.on(
  Converter.EVENT_RESOLVE_END,
  ({ project }) => {
    const groups = project.groups ?? [];
    const index = groups.findIndex(({ title }) => title === 'Modules');
    const [group] = index < 0 ? [] : groups.splice(index, 1);
    if (group === undefined) throw new Error('TypeDoc made no module of the exports');
    group.title = made.typescript;
    groups.splice(
      groups.findIndex(({ title }) => title === made.c),
      0,
      group,
    );
  },
  -1000, // when there are groups
);
const project = await app.convert();
if (project === undefined || app.logger.hasErrors()) process.exit(1);
app.validate(project);
await app.generateDocs(project, out);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) =>
  entry.isFile(),
);
const bytes = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
console.log(`${relative(root, out)}: ${files.length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
