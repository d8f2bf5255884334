// What gcc and clang like to fuse. test/CMakeLists.txt compiles it for a processor that has fused
// multiply-add: with the library's flags, for instructions.ts to find none, and
// fusing, to see that it would find them.
double add_product(double a, double b, double c) { return a * b + c; }
double subtract_product(double a, double b, double c) { return c - a * b; }
float add_product(float a, float b, float c) { return a * b + c; }
void scale(double* values, double factor, double term) {
  for (int i = 0; i < 64; i++) values[i] = values[i] * factor + term;
}
