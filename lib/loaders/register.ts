/** `node --import wembed/register-types app.mjs`: `import app from './app.wasm'` without a bundler. */
import Module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeFor, load } from './hooks.js';

/** What Node's versions have of this. */
interface Hooks {
  /** 22.15 and later: in this thread, for `import` and `require` both. */
  registerHooks?(hooks: { load: typeof load }): void;
  /** 18.19 and later: in a thread of their own, for `import` alone. */
  register?(url: string): void;
  /** For `require`. */
  _extensions: Record<string, (module: CommonModule, path: string) => void>;
}

interface CommonModule {
  _compile(code: string, path: string): void;
}

const node = Module as unknown as Hooks;

if (node.registerHooks !== undefined) {
  node.registerHooks({ load });
} else {
  node.register?.(pathToFileURL(join(__dirname, 'hooks.js')).href);
  node._extensions['.wasm'] = (module, path) => {
    const code = codeFor(pathToFileURL(path).href, 'cjs');
    if (code !== undefined) module._compile(code, path);
  };
}
