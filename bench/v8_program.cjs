'use strict';
/* global WebAssembly, console */
// V8's side of what needs a process of its own: `validate PATH` answers nanoseconds of processor time, `instances
// COUNT PATH` how many instances were alive at the same time and nanoseconds for each. Started
// with --single-threaded, V8 validates on one core.
const { readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');

let last = '';
let bytes;

function validate(path) {
  if (path !== last) bytes = readFileSync(path);
  last = path;
  const start = process.cpuUsage();
  const valid = WebAssembly.validate(bytes);
  const { user, system } = process.cpuUsage(start);
  return valid ? `ok ${(user + system) * 1000}` : 'error V8 does not accept the module';
}

function instances(count, path) {
  const module = new WebAssembly.Module(readFileSync(path));
  const live = [];
  const start = process.hrtime.bigint();
  try {
    while (live.length < count) live.push(new WebAssembly.Instance(module, {}));
  } catch {
    // As many as V8 can have.
  }
  const each = Number(process.hrtime.bigint() - start) / (live.length + 1);
  return `ok ${live.length} ${Math.round(each)}`;
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [verb, first, ...rest] = line.split(' ');
  try {
    if (verb === 'validate') console.log(validate([first, ...rest].join(' ')));
    else if (verb === 'instances') console.log(instances(Number(first), rest.join(' ')));
    else console.log('error unknown verb');
  } catch (error) {
    console.log(`error ${error.message}`);
  }
});
