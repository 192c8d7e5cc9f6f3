#include <osteon/core/layout.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace osteon;

TEST_CASE("Layout: row-major and channels_last offsets") {
  constexpr std::array<Index, 4> extents{2, 3, 4, 5};
  Index at = 0;
  for (Index n = 0; n < 2; ++n) {
    for (Index c = 0; c < 3; ++c) {
      for (Index h = 0; h < 4; ++h) {
        for (Index w = 0; w < 5; ++w, ++at) {
          CHECK(Contiguous::offset<4>(extents, {n, c, h, w}) == at);
          CHECK(ChannelsLast::offset<4>(extents, {n, c, h, w}) == ((n * 4 + h) * 5 + w) * 3 + c);
        }
      }
    }
  }
}

TEST_CASE("Layout: the two are one for all ranks but 4, and for a run-time batch") {
  static_assert(same_order<Contiguous, ChannelsLast, Shape<2, 3>>);
  static_assert(same_order<Contiguous, ChannelsLast, Shape<2, 3, 4>>);
  static_assert(!same_order<Contiguous, ChannelsLast, Shape<dynamic, 3, 4, 5>>);
  static_assert(same_order<Contiguous, ChannelsLast, Shape<2, 3, 4, 5, 6>>);
  static_assert(ChannelsLast::offset<3>({2, 3, 4}, {1, 2, 3}) == 23);
  static_assert(ChannelsLast::offset<4>({dynamic, 3, 4, 5}, {7, 0, 0, 0}) == 7 * 60);
}
