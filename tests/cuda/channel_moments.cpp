#include <osteon/core/channel_moments.hpp>

#include "both.hpp"

namespace osteon {
namespace {

using test::Device;
using test::drawn;

ON_BOTH("cuda: moments of channels", 1e-12) {
  for (const Index channels : {1, 5, 64}) {
    for (const Index rows : {1, 3, 1000}) {
      auto values = drawn<float>(rows * channels, 1);
      HostMirror mirror(Device{}, values.data(), rows * channels);
      for (float& value : mirror.span()) value += 100;  // far from zero
      mirror.write_back();
      const float* const numbers = values.data();
      const ChannelMoments moments = channel_moments(Device{}, rows, channels, numbers);
      record.add("mean", moments.mean);
      record.add("squares", moments.squares);
    }
  }
}

}  // namespace
}  // namespace osteon
