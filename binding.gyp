# What node-gyp looks for. Not in the package, see lib/addon/compile.ts.
{ 'includes': ['native/addon/addon.gypi'] }
