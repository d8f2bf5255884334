;; Makes a shared memory. Words: 0 counter, 4 lock, 8 where somebody waits, 16 pages as told.
(module
  (memory (export "memory") 1 20 shared)
)
