/** The system this process runs on, as far as it decides which addon can be loaded. */
import { readFileSync } from 'node:fs';

/** Linux has two C libraries; what is made for one cannot be loaded with the other. */
export type Libc = 'glibc' | 'musl';

/** Of `process.report.getReport()`, what is used here. */
interface Report {
  header?: { glibcVersionRuntime?: string };
  sharedObjects?: string[];
}

/** Without the network: a report looks up the name of every peer, which takes seconds. */
function report(): Report | undefined {
  const reporter = process.report as
    (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined;
  if (typeof reporter?.getReport !== 'function') return undefined;
  const { excludeNetwork } = reporter;
  reporter.excludeNetwork = true;
  try {
    const given: unknown = reporter.getReport();
    return (typeof given === 'string' ? JSON.parse(given) : given) as Report;
  } catch {
    return undefined;
  } finally {
    if (excludeNetwork !== undefined) reporter.excludeNetwork = excludeNetwork;
  }
}

/** By what the process has mapped: its loader is one or the other. */
function libcOfMappings(): Libc | undefined {
  try {
    const mappings = readFileSync('/proc/self/maps', 'utf8');
    if (/\/ld-musl-[^/]*$/m.test(mappings)) return 'musl';
    if (/\/(?:ld-linux[^/]*|ld-2\.\d+|libc-2\.\d+|libc)\.so(?:\.\d+)*$/m.test(mappings))
      return 'glibc';
  } catch {
    // not mounted, or not allowed
  }
  return undefined;
}

function libcOfReport(): Libc | undefined {
  const given = report();
  if (given?.header?.glibcVersionRuntime !== undefined) return 'glibc';
  return given?.sharedObjects?.some((path) => path.includes('ld-musl-')) ? 'musl' : undefined;
}

let known: Libc | undefined;

/** undefined where there is no choice. Where nothing tells, it is what nearly everybody has. */
export function findLibc(): Libc | undefined {
  if (process.platform !== 'linux') return undefined;
  known ??= libcOfMappings() ?? libcOfReport() ?? 'glibc';
  return known;
}

/** As 2.36; undefined where there is none or nothing tells. */
export function glibcVersion(): string | undefined {
  return findLibc() === 'glibc' ? report()?.header?.glibcVersionRuntime : undefined;
}

/** What a prebuilt addon for this system is named, without its ending. */
export function systemName(): string {
  const musl = findLibc() === 'musl' ? 'musl' : '';
  return `${process.platform}${musl}-${process.arch}`;
}

/** For people: linux-x64 (glibc 2.36, Node 22.1.0). */
export function describeSystem(): string {
  const libc = findLibc();
  const version = glibcVersion();
  const parts = libc === undefined ? [] : [version === undefined ? libc : `${libc} ${version}`];
  const { bun, deno } = process.versions;
  if (bun !== undefined) parts.push(`Bun ${bun}`);
  else if (deno !== undefined) parts.push(`Deno ${deno}`);
  else parts.push(`Node ${process.versions.node}`);
  return `${process.platform}-${process.arch} (${parts.join(', ')})`;
}
