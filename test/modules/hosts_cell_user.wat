;; Passes on what it imports from hosts_cell, and looks at the cell itself.
(module
  (import "hosts_cell" "cell" (global $cell (mut f32)))
  (import "hosts_cell" "offset" (global $offset f32)) ;; which it has not
  (import "hosts_cell" "read" (func $read (result f32)))
  (import "hosts_cell" "write" (func $write (param f32)))
  (export "cell" (global $cell))
  (export "read" (func $read))
  (export "write" (func $write))
  (func (export "read_here") (result f32)
    (f32.add (global.get $cell) (global.get $offset))))
