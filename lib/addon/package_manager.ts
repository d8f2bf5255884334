/** What to type, in the words of whatever package manager installed the package. */

export interface Commands {
  /** Runs the package's command. */
  run: string;
  /** Installs what is in the project again, also what seems to be there: npm's --force does not. */
  reinstall: string;
}

const commands: Record<string, Commands> = {
  npm: { run: 'npx wembed', reinstall: 'npm ci' },
  pnpm: { run: 'pnpm exec wembed', reinstall: 'pnpm install --force' },
  yarn: { run: 'yarn wembed', reinstall: 'yarn install --force' },
  bun: { run: 'bunx wembed', reinstall: 'bun install --force' },
  deno: { run: 'deno run -A npm:wembed', reinstall: 'deno install --reload' },
};

/** By who started this process, the program that runs it, or how the folder was laid out. */
export function packageManager(folder: string | undefined): string {
  const agent = process.env['npm_config_user_agent']?.split('/')[0] ?? '';
  if (agent in commands) return agent;
  if (process.versions.bun !== undefined) return 'bun';
  if (process.versions.deno !== undefined) return 'deno';
  if (folder?.includes('/node_modules/.pnpm/')) return 'pnpm';
  if (folder?.includes('/.yarn/')) return 'yarn';
  if (folder?.includes('/node_modules/.deno/')) return 'deno';
  return 'npm';
}

export function commandsOf(manager: string): Commands {
  return commands[manager] ?? { run: 'npx wembed', reinstall: 'npm ci' };
}
