#include "platform/processor.h"

#if defined(__x86_64__)
#define WEMBED_SIMD_V2
#endif
#include "isa/simd.h"

#define SIMD_TEST_FORM static Form any_v2_form
#include "simd/form.inc"

wembed::simd_test::Form wembed::simd_test::v2_form() {
  return platform::has_x86_64_v2() ? any_v2_form() : base_form();
}
