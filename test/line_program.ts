/** A native program of the tests or benchmarks: lines go in, each is answered by a line, or it died. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The program ended or was silent for too long: `message` says how, with the end of its stderr. */
export class ProgramDied extends Error {}

interface Waiting {
  resolve: (answer: string) => void;
  reject: (error: ProgramDied) => void;
}

const keptOutput = 6000;

export class LineProgram {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: Waiting[] = [];
  private readonly ended: Promise<ProgramDied | undefined>;
  private errors = '';
  private silent = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    path: string,
    private readonly timeout: number,
    args: string[] = [],
    environment: Record<string, string> = {},
  ) {
    const env = { ...process.env, ...environment };
    env.ASAN_OPTIONS ??= 'allocator_may_return_null=1:detect_stack_use_after_return=0';
    env.UBSAN_OPTIONS ??= 'print_stacktrace=1';
    this.child = spawn(path, args, { stdio: 'pipe', env });
    this.child.stdin.on('error', () => undefined); // It died; its end is reported below.
    this.child.stderr.on('data', (data: Buffer) => {
      this.errors = (this.errors + data.toString()).slice(-keptOutput);
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.waiting.shift()?.resolve(line);
      this.watch();
    });
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve(new ProgramDied(error.message)));
      this.child.on('close', (code, signal) => resolve(this.verdict(code, signal)));
    });
    void this.ended.then((error) => {
      clearTimeout(this.timer);
      const reason = error ?? new ProgramDied('the program ended early');
      for (const { reject } of this.waiting.splice(0)) reject(reason);
    });
  }

  /** The answer to a line. Lines may be sent before earlier ones are answered. */
  send(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${line}\n`);
      if (this.waiting.length === 1) this.watch();
    });
  }

  /** Ends the program in good order; says what was wrong with its end (a leak, for example). */
  async close(): Promise<ProgramDied | undefined> {
    this.child.stdin.end();
    return await this.ended;
  }

  private watch(): void {
    clearTimeout(this.timer);
    if (this.waiting.length === 0) return;
    this.timer = setTimeout(() => {
      this.silent = true;
      this.child.kill('SIGKILL');
    }, this.timeout);
  }

  private verdict(code: number | null, signal: NodeJS.Signals | null): ProgramDied | undefined {
    if (code === 0) return undefined;
    const how = this.silent
      ? `the program gave no answer for ${this.timeout / 1000} s`
      : `the program died: ${signal ?? `exit code ${String(code)}`}`;
    return new ProgramDied(this.errors === '' ? how : `${how}\n${this.errors.trimEnd()}`);
  }
}
