'use strict';
/* global WebAssembly, console */
// V8's side of what needs a process of its own. Started with --single-threaded, V8 does everything
// on one thread: it validates on one core, and what the collector takes is in the process's time.
//   validate PATH                          nanoseconds
//   instantiate MILLISECONDS PAGES PATH    nanoseconds of an instance with so many pages written
//   live COUNT PATH                        how many instances were alive at a time, nanoseconds and
//                                          resident bytes for each
const { readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');

const wroteFirst = 8192;
const page = 4096;

let last = '';
let bytes;
let module_;

function load(path) {
  if (path === last) return;
  bytes = readFileSync(path);
  module_ = undefined;
  last = path;
}

function processorTime(work) {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1000;
}

function validate(path) {
  load(path);
  let valid = false;
  const time = processorTime(() => (valid = WebAssembly.validate(bytes)));
  return valid ? `ok ${time}` : 'error V8 does not accept the module';
}

function instantiate(leastMs, pages, path) {
  load(path);
  module_ ??= new WebAssembly.Module(bytes);
  const some = (n) => {
    for (let i = 0; i < n; i++) {
      const { exports } = new WebAssembly.Instance(module_, {});
      if (pages === 0) continue;
      const view = new Uint8Array(exports.memory.buffer);
      for (let at = 0; at < pages; at++) view[wroteFirst + at * page] = 1;
    }
  };
  // Enough of them that the collector runs as often as it must.
  for (let n = 512; ; n *= 2) {
    const time = processorTime(() => some(n));
    if (time >= leastMs * 1e6) return `ok ${time / n}`;
  }
}

function live(count, path) {
  load(path);
  module_ ??= new WebAssembly.Module(bytes);
  const instances = [];
  const resident = process.memoryUsage.rss();
  const start = process.hrtime.bigint();
  try {
    while (instances.length < count) instances.push(new WebAssembly.Instance(module_, {}));
  } catch {
    // As many as V8 can have.
  }
  const each = Number(process.hrtime.bigint() - start) / (instances.length + 1);
  const bytesEach = (process.memoryUsage.rss() - resident) / (instances.length + 1);
  return `ok ${instances.length} ${Math.round(each)} ${Math.round(bytesEach)}`;
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [verb, ...words] = line.split(' ');
  const path = (from) => words.slice(from).join(' ');
  try {
    if (verb === 'validate') console.log(validate(path(0)));
    else if (verb === 'instantiate') {
      console.log(instantiate(Number(words[0]), Number(words[1]), path(2)));
    } else if (verb === 'live') console.log(live(Number(words[0]), path(1)));
    else console.log('error unknown verb');
  } catch (error) {
    console.log(`error ${error.message}`);
  }
});
