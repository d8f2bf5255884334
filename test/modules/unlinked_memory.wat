(module (import "m" "mem" (memory 1)))
