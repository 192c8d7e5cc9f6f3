#include <osteon/cpu/batch_norm_pool.hpp>
#include <osteon/cpu/elementwise.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace osteon;

namespace {

constexpr Index channels = 21;  // vectors and a rest
constexpr Conv2dGeometry g{3, channels, 9, 7, channels, 5, 4, 3, 2, 1};
constexpr Index rows = 3 * 9 * 7, in_size = rows * channels, out_size = 3 * 5 * 4 * channels;

using Values = std::vector<double>;

Values draw(std::uint64_t stream, Index size, double scale = 1, double centre = 0) {
  Values v(static_cast<std::size_t>(size));
  for (Index i = 0; i < size; ++i) {
    v[static_cast<std::size_t>(i)] = test::uniform(4, stream, i, scale, centre);
  }
  return v;
}

/// The three operations and their gradients, in one pass or one after another.
struct Passes {
  Values y = draw(0, out_size), dx = draw(1, in_size), dweight = draw(2, channels),
         dbias = draw(3, channels), running_mean = draw(4, channels),
         running_var = draw(5, channels, 0.5, 1);

  Passes(bool fused, bool relu, bool training, bool add) {
    const Values x = draw(6, in_size, 2, 0.3), dy = draw(7, out_size),
                 weight = draw(8, channels, 1, 0.4), bias = draw(9, channels);
    Values mean(channels), inverse(channels);
    const BatchNorm<double> norm{rows,
                                 channels,
                                 training,
                                 1e-5,
                                 0.1,
                                 relu,
                                 weight.data(),
                                 bias.data(),
                                 running_mean.data(),
                                 running_var.data(),
                                 mean.data(),
                                 inverse.data()};
    const Gradient<double> to{dx.data(), add};
    if (fused) {
      batch_norm_pool_forward(Cpu{}, norm, g, x.data(), y.data());
      batch_norm_pool_backward(Cpu{}, norm, g, x.data(), y.data(), dy.data(), dweight.data(),
                               dbias.data(), to);
      return;
    }
    Values z(x.size()), dz(x.size());
    batch_norm_forward(Cpu{}, norm, x.data(), static_cast<double*>(nullptr), z.data());
    max_pool2d_forward(Cpu{}, g, z.data(), y.data());
    max_pool2d_backward(Cpu{}, g, z.data(), y.data(), dy.data(), dz.data());
    batch_norm_backward(Cpu{}, norm, x.data(), z.data(), dz.data(), false, dweight.data(),
                        dbias.data(), to, Gradient<double>{});
  }
};

void check_close(const Values& a, const Values& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  CHECK(worst < 1e-12);
}

}  // namespace

TEST_CASE("Batch norm, ReLU and max pooling in one pass are what they are one after another") {
  for (const bool relu : {false, true}) {
    for (const bool training : {false, true}) {
      for (const bool add : {false, true}) {
        CAPTURE(relu);
        CAPTURE(training);
        CAPTURE(add);
        const Passes fused(true, relu, training, add), separate(false, relu, training, add);
        check_close(fused.y, separate.y);
        check_close(fused.dx, separate.dx);
        check_close(fused.dweight, separate.dweight);
        check_close(fused.dbias, separate.dbias);
        check_close(fused.running_mean, separate.running_mean);
        check_close(fused.running_var, separate.running_var);
      }
    }
  }
}
