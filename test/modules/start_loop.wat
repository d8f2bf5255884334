;; Tells the host that it runs, then never ends.
(module
  (import "env" "started" (func $started))
  (func $start (call $started) (loop $again (br $again)))
  (start $start))
