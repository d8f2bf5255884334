#include "isa/simd.h"

#define SIMD_TEST_FORM Form base_form
#include "simd/form.inc"
