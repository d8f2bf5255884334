(module (import "counter" "limit" (global (mut i32))))
