/** Modules and shared memories in messages to workers: wembed passes them on as tokens. */
import { syncBuiltinESMExports } from 'node:module';
import threads, { type Transferable, type WorkerOptions } from 'node:worker_threads';
import * as wembed from 'wembed';
import { Module, moduleOf } from './module.js';
import { objectOf, rawOf } from './objects.js';
import { adopt } from './runtime.js';

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

/** The value with each part of it as `change` says; undefined: it is looked into. */
function changed(value: unknown, change: (value: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const other = change(value);
  if (other !== undefined) return other;
  if (!isPlain(value)) return value;
  const part = (inner: unknown): unknown => changed(inner, change);
  if (Array.isArray(value)) return value.map(part);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, part(inner)]));
}

/** What is sent has to be open as long as the other has not opened it. */
const sent = new Set<object>();

function encoded(message: unknown): unknown {
  return changed(message, (value) => {
    const module = moduleOf(value);
    if (module !== undefined) {
      sent.add(value);
      return module.share();
    }
    const raw = rawOf(value);
    if (!(raw instanceof wembed.Memory)) return undefined;
    sent.add(value);
    return wembed.Runtime.shareMemory(raw);
  });
}

const memories = new Map<string, wembed.Memory>();

function memoryFor(token: wembed.MemoryToken): wembed.Memory {
  const before = memories.get(token.wembedMemory);
  if (before !== undefined) return before;
  adopt(wembed.Runtime.open(token.module));
  const memory = wembed.Runtime.openMemory(token);
  memories.set(token.wembedMemory, memory);
  return memory;
}

function decoded(message: unknown): unknown {
  return changed(message, (value) => {
    if ('wembedModule' in value) {
      return Module.adopted(wembed.Runtime.open(value as wembed.ModuleToken));
    }
    if ('wembedMemory' in value) return objectOf(memoryFor(value as wembed.MemoryToken));
    return undefined;
  });
}

type Send = (message: unknown, transfer?: readonly Transferable[]) => void;
type Listener = (message: unknown) => void;
type Listen = (event: string, listener: Listener) => unknown;

interface End {
  postMessage: Send;
  on: Listen;
  once: Listen;
  addListener: Listen;
}

/** What is posted at this end and what arrives there. */
function translate(end: End): void {
  const send = end.postMessage.bind(end);
  end.postMessage = (message, transfer) => {
    send(encoded(message), transfer);
  };
  for (const name of ['on', 'once', 'addListener'] as const) {
    const listen = end[name].bind(end);
    end[name] = (event, listener) => {
      const heard: Listener = (message) => {
        listener(decoded(message));
      };
      return listen(event, event === 'message' ? heard : listener);
    };
  }
}

/** Workers that this thread starts, and its own ends if it is one. */
export function shareWithWorkers(): void {
  const own = threads as unknown as { Worker: typeof threads.Worker; workerData: unknown };
  class Worker extends threads.Worker {
    constructor(file: string | URL, options?: WorkerOptions) {
      super(file, options && { ...options, workerData: encoded(options.workerData) });
      translate(this);
    }
  }
  own.Worker = Worker;
  own.workerData = decoded(threads.workerData);
  if (threads.parentPort !== null) translate(threads.parentPort);
  syncBuiltinESMExports();
  // A guest wakes what sleeps in guests, not what JavaScript waits with: programs poll without it.
  Reflect.deleteProperty(Atomics, 'waitAsync');
}
