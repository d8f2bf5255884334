/** What was measured, and on what: every report says it. */
import { cpus, release, totalmem, type } from 'node:os';
import type { Settings } from './row.js';

export interface About {
  wembed: string;
  /** How the interpreter was built: "tail" or "loop". */
  dispatch: string;
  node: string;
  v8: string;
  cpu: string;
  processors: number;
  memory: number;
  kernel: string;
  date: string;
  settings: Omit<Settings, 'filter'> & { filter: string };
}

/** `version` is what the native program says of itself: the version and its dispatch. */
export function aboutThis(version: string, settings: Settings): About {
  const [wembed = '', dispatch = ''] = version.split(' ');
  return {
    wembed,
    dispatch,
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memory: totalmem(),
    kernel: `${type()} ${release()}`,
    date: new Date().toISOString(),
    settings: { ...settings, filter: settings.filter.source },
  };
}
