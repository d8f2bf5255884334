;; --checked: where memory does not fault by itself.
(module
  (memory 1)
  (func $copy (param i32 i32)
    (i32.store (local.get 0) (i32.load offset=4 (local.get 1)))))
