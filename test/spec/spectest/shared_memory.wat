;; The part of "spectest" that needs threads.
(module (memory (export "shared_memory") 1 2 shared))
