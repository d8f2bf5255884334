;; Imports a function of WASI, and has a _start of another type.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (param i32)))
