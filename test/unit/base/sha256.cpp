// Digests that the standard and others publish, and every length around the ends of blocks.
#include "base/sha256.h"

#include <string>

#include "check.h"

using namespace wembed;

namespace {

std::string hash(const std::string& text) {
  std::string shown;
  for (uint8_t byte : sha256({reinterpret_cast<const uint8_t*>(text.data()), text.size()})) {
    shown += "0123456789abcdef"[byte >> 4];
    shown += "0123456789abcdef"[byte & 15];
  }
  return shown;
}

}  // namespace

TEST_CASE(published_digests) {
  CHECK_EQ(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_EQ(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_EQ(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK_EQ(hash(std::string(1'000'000, 'a')),
           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// A hash of the hashes of all lengths, which Node's crypto computes as well.
TEST_CASE(lengths_around_blocks) {
  std::string all;
  for (size_t length = 0; length <= 200; length++) all += hash(std::string(length, 'x'));
  CHECK_EQ(hash(all), "75013a3fd49991ead9d8a57ea80485c088443c3406a0e8fa003ed57144041eb4");
}
