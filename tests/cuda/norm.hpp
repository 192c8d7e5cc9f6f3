// What a batch normalisation under test reads and writes.
#pragma once

#include <osteon/core/batch_norm.hpp>

#include "both.hpp"

#include <cstddef>

namespace osteon::test {

// As in both.hpp: one for each device in one program.
#if defined(OSTEON_TEST_REFERENCE)
inline namespace reference {
#else
inline namespace given {
#endif

/// Parameters, running statistics (variances above 0.1) and what forward keeps, in device memory.
template <class T>
struct DrawnNorm {
  Index channels;
  Buffer<T, Device> weight, bias, running, kept;

  /// Takes the streams `stream` to `stream` + 2.
  DrawnNorm(Index channel_count, std::uint64_t stream)
      : channels(channel_count),
        weight(drawn<T>(channels, stream)),
        bias(drawn<T>(channels, stream + 1)),
        running(drawn<T>(2 * channels, stream + 2)),
        kept(static_cast<std::size_t>(2 * channels)) {
    HostMirror variance(Device{}, running.data() + channels, channels);
    for (T& value : variance.span()) value = value * value + T(0.1);
    variance.write_back();
  }

  [[nodiscard]] BatchNorm<T> of(Index rows, bool training, bool relu) {
    return {rows,
            channels,
            training,
            1e-5,
            0.1,
            relu,
            weight.data(),
            bias.data(),
            running.data(),
            running.data() + channels,
            kept.data(),
            kept.data() + channels};
  }
};

}  // namespace reference or given

}  // namespace osteon::test
