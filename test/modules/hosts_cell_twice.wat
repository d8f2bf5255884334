;; Two instances of one module would have a cell each: whoever imports from it shares one.
(module
  (import "hosts_cell" "cell" (global $cell (mut f32)))
  (import "hosts_cell" "read" (func $read (result f32)))
  (import "hosts_cell" "write" (func $write (param f32)))
  (export "cell" (global $cell))
  (export "read" (func $read))
  (export "write" (func $write))
  (func (export "read_here") (result f32) (global.get $cell)))
