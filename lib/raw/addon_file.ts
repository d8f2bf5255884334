/** Finds and loads the .node file. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where builds leave the addon, seen from lib/ and from dist/ alike; node-gyp's comes first. */
function candidates(): string[] {
  const named = process.env.WEMBED_ADDON;
  if (named !== undefined && named !== '') return [named];
  return ['build/Release', 'build/Debug', 'out/cmake-js/Release'].map((folder) =>
    join(__dirname, '../..', folder, 'wembed.node'),
  );
}

/** What the addon exports; binding.ts says what that is. */
export function loadAddon(): unknown {
  const paths = candidates();
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new Error(
      `wembed: the addon is not built; looked for\n  ${paths.join('\n  ')}\n` +
        'Build it with `npm rebuild wembed` (needs python3, make and a C++ compiler).',
    );
  }
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- .node files have no import
  return require(path);
}
