/** The same for `import`: one addon and one set of classes, however the package is loaded. */
export * from './index.js';
