;; binaryen
;; Wants a global of another type than names.wat has.
(module
  (type $circle (struct (field $radius (mut f32))))
  (import "names" "origin" (global $origin (mut (ref null $circle))))
  (export "again" (global $origin)))
