/* What a project that compiles the runtime as part of itself compiles instead, see runtime_lib.cmake. */
typedef int nothing;
