;; The part of "spectest" that needs memory64.
(module (table (export "table64") i64 10 20 funcref))
