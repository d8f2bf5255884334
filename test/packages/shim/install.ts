/**
 * Required before a program: `WebAssembly` is wembed from then on, in this thread and in its workers.
 */
import { standIn } from './stand_in.js';
import { shareWithWorkers } from './workers.js';

Object.defineProperty(globalThis, 'WebAssembly', { value: standIn, writable: true });
shareWithWorkers();
