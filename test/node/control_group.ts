/**
 * Control groups with a memory limit, for programs of tests. They need Linux and the right to make
 * them, which is what a test machine's root has and a developer mostly has not.
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where each version keeps groups, and the file that limits the memory of one. */
const hierarchies = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max' },
];

export class ControlGroup {
  private constructor(
    private readonly path: string,
    private readonly limitFile: string,
  ) {}

  /** One of its own, or undefined where none can be made. */
  static make(bytes: number): ControlGroup | undefined {
    for (const { root, limit } of hierarchies) {
      const group = ControlGroup.at(join(root, `wembed-test-${process.pid}`), limit, bytes);
      if (group) return group;
    }
    return undefined;
  }

  /** A group inside of this one, with a limit of its own. */
  inside(bytes: number): ControlGroup | undefined {
    return ControlGroup.at(join(this.path, 'inside'), this.limitFile, bytes);
  }

  /** What a shell has to do before it becomes the program. */
  get join(): string {
    return `echo $$ > ${join(this.path, 'cgroup.procs')}`;
  }

  /** Its processes have ended, groups inside are gone. */
  remove(): void {
    rmdirSync(this.path);
  }

  private static at(path: string, limit: string, bytes: number): ControlGroup | undefined {
    try {
      mkdirSync(path);
    } catch {
      return undefined;
    }
    const group = new ControlGroup(path, limit);
    try {
      // An ordinary directory, or a group without the memory controller, has no such file.
      if (existsSync(join(path, limit))) {
        writeFileSync(join(path, limit), String(bytes));
        return group;
      }
    } catch {
      // Not allowed: as if there were none.
    }
    group.remove();
    return undefined;
  }
}
