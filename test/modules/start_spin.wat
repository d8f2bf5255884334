;; A start function that never ends and needs nothing.
(module
  (func $spin (loop $again (br $again)))
  (start $spin))
