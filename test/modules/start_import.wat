(module (import "env" "start" (func $start)) (start $start))
