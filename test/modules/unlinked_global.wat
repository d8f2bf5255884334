(module (import "m" "gl" (global i32)))
