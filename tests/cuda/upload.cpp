#include <osteon/cuda/cuda.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace osteon;

namespace {

using Bytes = Upload<std::uint8_t, Cuda>;

/// What an upload has copied, computed by the device from the copy.
std::vector<int> received(Bytes& upload, std::size_t size) {
  Buffer<int, Cuda> doubled(size);
  upload.read([&](const std::uint8_t* bytes) {
    gpu::transform(static_cast<Index>(size), doubled.data(),
                   [=] OSTEON_KERNEL(Index i) { return 2 * bytes[i]; });
  });
  std::vector<int> host(size);
  copy_to_host(Cuda{}, static_cast<Index>(size), static_cast<const int*>(doubled.data()),
               host.data());
  return host;
}

}  // namespace

TEST_CASE("cuda: an upload brings what it was given, shorter and longer") {
  Bytes upload;
  upload.wait();  // nothing has been started
  for (const std::size_t size : {5U, 3U, 1000U, 999U, 0U}) {
    Bytes::Source source(size);
    std::vector<int> expected(size);
    for (std::size_t i = 0; i < size; ++i) {
      source[i] = static_cast<std::uint8_t>(i * 7 + size);
      expected[i] = 2 * source[i];
    }
    upload.start(source);
    upload.wait();
    std::ranges::fill(source, std::uint8_t{0});  // allowed now
    CHECK(received(upload, size) == expected);
  }
}

TEST_CASE("cuda: two uploads take turns, each read long after the next was started") {
  constexpr std::size_t size = 1 << 20;
  constexpr int rounds = 12;
  std::array<Bytes, 2> uploads;
  std::array<Bytes::Source, 2> sources{Bytes::Source(size), Bytes::Source(size)};
  Buffer<int, Cuda> sums(size * rounds);
  const auto start = [&](int round) {
    const auto slot = static_cast<std::size_t>(round % 2);
    uploads[slot].wait();
    std::ranges::fill(sources[slot], static_cast<std::uint8_t>(round + 1));
    uploads[slot].start(sources[slot]);
  };
  start(0);
  for (int round = 0; round < rounds; ++round) {
    start(round + 1);
    int* const to = sums.data() + static_cast<std::size_t>(round) * size;
    uploads[static_cast<std::size_t>(round % 2)].read([&](const std::uint8_t* bytes) {
      // Slow on a GPU, so that a copy which does not wait for it would be seen.
      gpu::transform(static_cast<Index>(size), to, [=] OSTEON_KERNEL(Index i) {
        int sum = 0;
        for (Index k = 0; k < 64; ++k) sum += bytes[(i * 17 + k * 4099) % Index(size)];
        return sum;
      });
    });
  }
  std::vector<int> host(sums.size());
  copy_to_host(Cuda{}, static_cast<Index>(host.size()), static_cast<const int*>(sums.data()),
               host.data());
  for (std::size_t i = 0; i < host.size(); ++i)
    if (host[i] != 64 * (static_cast<int>(i / size) + 1)) FAIL("element ", i, " is ", host[i]);
}

TEST_CASE("cuda: an upload may be left while it copies") {
  for (int i = 0; i < 20; ++i) {
    const Bytes::Source source(1 << 16, static_cast<std::uint8_t>(i));
    Bytes upload;
    upload.start(source);
  }
}
