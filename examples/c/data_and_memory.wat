;; A guest with records in its memory, which it asks the host to count, and to answer in place.
(module
  (import "host" "count" (func $count (param i32 i32) (result i32)))
  (import "host" "report" (func $report (param i32) (result i32)))
  (memory (export "memory") 1 8)
  (data (i32.const 1024) "to be or not to be that is the question")
  ;; The host asks for room in the middle of a call: the memory grows, and may move.
  (func (export "room") (param $pages i32) (result i32)
    (memory.grow (local.get $pages)))
  (func (export "run") (result i32)
    (drop (call $count (i32.const 1024) (i32.const 18)))
    (drop (call $count (i32.const 1042) (i32.const 21)))
    (call $report (i32.const 1))))
