/**
 * The expected lists: scripts (or single commands) that wait for a feature. A line is
 * `SCRIPT feature` or `SCRIPT:LINE feature`; `#` begins a comment.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export class Expected {
  private readonly features = new Map<string, string>();

  /** Reads a list; `directory` is the suite's, so that a part of it can be run by itself. */
  constructor(
    path: string | undefined,
    private readonly directory: string,
  ) {
    if (path === undefined) return;
    if (!existsSync(path)) throw new Error(`there is no list ${path}`);
    readFileSync(path, 'utf8')
      .split('\n')
      .forEach((text, i) => {
        const [entry = '', ...feature] = text.replace(/#.*/, '').trim().split(/\s+/);
        if (entry === '') return;
        if (feature.length === 0) throw new Error(`${path}:${i + 1}: no feature after ${entry}`);
        if (this.features.has(entry)) throw new Error(`${path}:${i + 1}: ${entry} is listed twice`);
        this.features.set(entry, feature.join(' '));
      });
  }

  /** What a script waits for. */
  script(name: string): string | undefined {
    return this.find(name);
  }

  /** What the command of that line waits for. */
  command(name: string, line: number): string | undefined {
    return this.find(`${name}:${line}`);
  }

  private find(entry: string): string | undefined {
    return this.features.get(entry) ?? this.features.get(`${basename(this.directory)}/${entry}`);
  }
}
