// SHA-256, a block of 64 bytes at a time. Its constants are what the standard says they are: the
// first 32 bits behind the point of the square and cube roots of the first primes.
#include "base/sha256.h"

#include <bit>
#include <cstring>

namespace wembed {

namespace {

constexpr size_t kBlock = 64;
constexpr size_t kRounds = 64;
constexpr size_t kLengthAt = kBlock - 8;  // of the length in bits, in the last block

constexpr bool is_prime(uint32_t number) {
  for (uint32_t i = 2; i * i <= number; i++) {
    if (number % i == 0) return false;
  }
  return true;
}

// The largest whole number whose power is not above `value`.
constexpr uint64_t root(unsigned __int128 value, int power) {
  uint64_t found = 0;
  for (uint64_t bit = uint64_t{1} << 36; bit != 0; bit >>= 1) {
    const unsigned __int128 next = found | bit;
    if ((power == 2 ? next * next : next * next * next) <= value) found |= bit;
  }
  return found;
}

template <size_t kCount> constexpr std::array<uint32_t, kCount> fractions(int power) {
  std::array<uint32_t, kCount> made = {};
  uint32_t prime = 2;
  for (uint32_t& fraction : made) {
    while (!is_prime(prime)) prime++;
    const auto scaled = static_cast<unsigned __int128>(prime++) << (32 * power);
    fraction = static_cast<uint32_t>(root(scaled, power));
  }
  return made;
}

using State = std::array<uint32_t, 8>;

constexpr State kStart = fractions<8>(2);
constexpr std::array<uint32_t, kRounds> kConstants = fractions<kRounds>(3);
static_assert(kStart[0] == 0x6a09e667 && kConstants[63] == 0xc67178f2);

uint32_t load_big_endian(const uint8_t* from) {
  return static_cast<uint32_t>(from[0]) << 24 | static_cast<uint32_t>(from[1]) << 16 |
         static_cast<uint32_t>(from[2]) << 8 | from[3];
}

void store_big_endian(uint8_t* to, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) to[i] = static_cast<uint8_t>(value >> 8 * (bytes - 1 - i));
}

using std::rotr;

// The message schedule keeps the last sixteen words: each is made of four of those before it.
void add_block(State& state, const uint8_t* block) {
  uint32_t words[16];
  for (size_t i = 0; i < 16; i++) words[i] = load_big_endian(block + 4 * i);
  auto [a, b, c, d, e, f, g, h] = state;
  for (size_t i = 0; i < kRounds; i++) {
    uint32_t& word = words[i % 16];
    if (i >= 16) {
      const uint32_t early = words[(i + 1) % 16];
      const uint32_t late = words[(i + 14) % 16];
      word += (rotr(early, 7) ^ rotr(early, 18) ^ early >> 3) + words[(i + 9) % 16] +
              (rotr(late, 17) ^ rotr(late, 19) ^ late >> 10);
    }
    const uint32_t first =
        h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + kConstants[i] + word;
    const uint32_t second =
        (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + first;
    d = c, c = b, b = a, a = first + second;
  }
  const State added = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < state.size(); i++) state[i] += added[i];
}

}  // namespace

Sha256Digest sha256(std::span<const uint8_t> bytes) {
  State state = kStart;
  const size_t whole = bytes.size() - bytes.size() % kBlock;
  for (size_t at = 0; at < whole; at += kBlock) add_block(state, bytes.data() + at);
  // What is left, a one bit, zeros, and the length in the last eight bytes of a block.
  uint8_t last[2 * kBlock] = {};
  const size_t left = bytes.size() - whole;
  if (left > 0) std::memcpy(last, bytes.data() + whole, left);
  last[left] = 0x80;
  const size_t blocks = left < kLengthAt ? 1 : 2;
  store_big_endian(last + blocks * kBlock - 8, uint64_t{8} * bytes.size(), 8);
  for (size_t i = 0; i < blocks; i++) add_block(state, last + i * kBlock);
  Sha256Digest digest;
  for (size_t i = 0; i < state.size(); i++) store_big_endian(digest.data() + 4 * i, state[i], 4);
  return digest;
}

}  // namespace wembed
