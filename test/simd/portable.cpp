#define WEMBED_SIMD_PORTABLE
#include "isa/simd.h"

#define SIMD_TEST_FORM Form portable_form
#include "simd/form.inc"
