/** What each program here is: something a package of npm's does, again and again. */

export interface Program {
  /** Makes everything ready. What it gives does the work once and says what came out. */
  start(): Promise<() => unknown>;
}
