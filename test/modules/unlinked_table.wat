(module (import "m" "t" (table 1 funcref)))
