// The ES module's entry. There is one implementation, in CommonJS, so that a program that mixes
// both kinds of module sees one set of classes.
export * from './index.js';
