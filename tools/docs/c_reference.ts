/** The reference of the C API: a page for each section of a public header, as Markdown. */
import type { Group, Header, Section } from './header.js';

export interface ReferencePage {
  /** In the folder of the reference: "wembed.h/modules.md". */
  path: string;
  title: string;
  text: string;
  /** Pages below this one, by their paths. */
  children: string[];
  /** What is declared on it, and the heading under which that is. */
  declares: Map<string, string>;
}

const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** Comments are plain text: what would mean something in Markdown, or is a name, is marked. */
function prose(text: string): string {
  const names =
    /`[^`]*`|\b(?:\w+\.h\b|(?:wembed|wasm|bh|os)_\w+(?:\(\))?|(?:WEMBED|WASM)_[A-Z0-9_]+|_{1,2}[a-z]\w*|\*?[a-z]+(?:->\w+|_\w+)+|NULL)|\*(?=[a-z_]+\b)[a-z_]+/g;
  return text
    .replace(names, (name) => (name.startsWith('`') ? name : `\`${name}\``))
    .split('\n')
    .map((line) => line.replace(/^( {2,})(\S)/, '$1$2').replace(/[<>]/g, (sign) => `\\${sign}`))
    .join('\n');
}

/** A table of letters or names, and the like, keeps its form: its lines are indented. */
function paragraphs(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => {
      const lines = paragraph.split('\n');
      const isTable = lines.filter((line) => /^ {2}\S.* {2,}\S/.test(line)).length > 1;
      if (isTable) return `\`\`\`text\n${paragraph}\n\`\`\``;
      return prose(paragraph).replace(/(\S)\n(- )/, '$1\n\n$2');
    })
    .join('\n\n');
}

/** What macros declare is not in the code as it stands. */
function hidden(group: Group): string {
  const names = group.names.filter((name) => !new RegExp(`\\b${name}\\b`).test(group.code));
  if (names.length === 0) return '';
  return `\n\nDeclares ${names.map((name) => `\`${name}\``).join(', ')}.`;
}

function groupText(group: Group): string {
  const parts = [`### ${group.names[0] ?? ''}`];
  if (group.comment !== '') parts.push(paragraphs(group.comment));
  parts.push(`\`\`\`c\n${group.code}\n\`\`\`${hidden(group)}`);
  return parts.join('\n\n');
}

function declaredIn(sections: readonly Section[]): Map<string, string> {
  const groups = sections.flatMap((section) => section.groups);
  return new Map(groups.flatMap(({ names }) => names.map((name) => [name, names[0] ?? name])));
}

/** The pages of one header; the first is that of the header itself. */
export function referencePages(name: string, header: Header): ReferencePage[] {
  const named = header.sections.filter(({ title }) => title !== '');
  const own = header.sections.filter(({ title }) => title === '');
  const isOnePage = named.length < 3;
  const inside = isOnePage ? header.sections : own;
  const body = inside.flatMap((section) => [
    ...(section.title === '' ? [] : [`## ${section.title}`]),
    ...(section.text === '' ? [] : [paragraphs(section.text)]),
    ...section.groups.map(groupText),
  ]);
  const children = isOnePage
    ? []
    : named.map((section) => ({
        path: `${name}/${fileName(section.title)}.md`,
        title: section.title,
        text: [
          `# ${section.title}`,
          `From \`${name}\`.`,
          ...(section.text === '' ? [] : [paragraphs(section.text)]),
          ...section.groups.map(groupText),
        ].join('\n\n'),
        children: [],
        declares: declaredIn([section]),
      }));
  const list = children.map(({ path, title }, i) => {
    const names = named[i]?.groups.flatMap((group) => group.names) ?? [];
    return `- [${title}](${path}): ${names.map((item) => `\`${item}\``).join(', ')}`;
  });
  const page: ReferencePage = {
    path: `${name}.md`,
    title: name,
    text: [
      `# ${name}`,
      paragraphs(header.text),
      ...body,
      ...(list.length > 0 ? [list.join('\n')] : []),
    ].join('\n\n'),
    children: children.map(({ path }) => path),
    declares: declaredIn(inside),
  };
  return [page, ...children];
}

/** Where each name of the pages is declared: page and anchor. */
export function anchorsOf(
  pages: readonly Pick<ReferencePage, 'path' | 'declares'>[],
): Map<string, string> {
  const found = new Map<string, string>();
  for (const { path, declares } of pages) {
    for (const [name, heading] of declares) {
      if (!found.has(name)) found.set(name, `${path}#${heading.toLowerCase()}`);
    }
  }
  return found;
}
