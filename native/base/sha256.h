// SHA-256 (FIPS 180-4): what a module is known by to those who were made for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wembed {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest sha256(std::span<const uint8_t> bytes);

}  // namespace wembed
