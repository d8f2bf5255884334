// Guesses what was given where a module should have been, for error messages.
#pragma once

#include <cstdint>
#include <span>

#include "isa/features.h"

namespace wembed {

// A static sentence about bytes without a module's header; null: nothing is known of them.
const char* describe_foreign(std::span<const uint8_t> bytes);

// The same for a version that is not that of a module.
const char* describe_version(uint32_t version);

// The same for a module that needs what the engine does not have; null for Feature::None.
const char* describe_missing(Feature feature);

}  // namespace wembed
