/** The runtime of this thread. */
import { type Module, Runtime } from 'wembed';

let runtime: Runtime | undefined;

export function theRuntime(): Runtime {
  return (runtime ??= new Runtime());
}

/** A worker's is that of what it gets from others: what is to be linked has one runtime. */
export function adopt(module: Module): Module {
  runtime ??= module.runtime;
  return module;
}
