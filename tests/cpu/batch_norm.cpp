#include <osteon/cpu/batch_norm.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace osteon;

namespace {

struct Statistics {
  std::vector<float> mean, variance;
  bool operator==(const Statistics&) const = default;
};

Statistics statistics(Index rows, Index channels, const std::vector<float>& x) {
  const auto size = static_cast<std::size_t>(channels);
  Statistics s{std::vector<float>(size), std::vector<float>(size)};
  channel_statistics(Cpu{}, rows, channels, x.data(), s.mean.data(), s.variance.data());
  return s;
}

std::vector<float> draw(Index rows, Index channels, double scale, double centre) {
  std::vector<float> x(static_cast<std::size_t>(rows * channels));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto channel = static_cast<double>(static_cast<Index>(i) % channels);
    x[i] = static_cast<float>(
        test::uniform(1, 0, static_cast<Index>(i), scale, centre * (1 + channel)));
  }
  return x;
}

/// Two passes in double.
void check(Index rows, Index channels, double scale, double centre, double tolerance) {
  const auto x = draw(rows, channels, scale, centre);
  const auto given = statistics(rows, channels, x);
  for (Index c = 0; c < channels; ++c) {
    double mean = 0, variance = 0;
    for (Index r = 0; r < rows; ++r) mean += x[static_cast<std::size_t>(r * channels + c)];
    mean /= static_cast<double>(rows);
    for (Index r = 0; r < rows; ++r) {
      const double d = x[static_cast<std::size_t>(r * channels + c)] - mean;
      variance += d * d / static_cast<double>(rows);
    }
    CHECK(given.mean[static_cast<std::size_t>(c)] == doctest::Approx(mean).epsilon(tolerance));
    CHECK(given.variance[static_cast<std::size_t>(c)] ==
          doctest::Approx(variance).epsilon(tolerance));
  }
}

}  // namespace

TEST_CASE("channel_statistics: mean and biased variance") {
  check(1000, 7, 1, 0.5, 1e-5);
  check(50'000, 3, 1, 0.5, 1e-5);  // several chunks
  check(2, 5, 1, 0.5, 1e-5);
  const auto one = statistics(1, 2, {3, -4});
  CHECK(one.mean == std::vector<float>{3, -4});
  CHECK(one.variance == std::vector<float>{0, 0});
}

TEST_CASE("channel_statistics: a large mean does not swallow a small variance") {
  // The mean of the squares minus the square of the mean would be off by more than the variance.
  check(40'000, 2, 1, 1000, 1e-4);
  check(40'000, 2, 0.01, 10, 1e-4);
}

TEST_CASE("Batch norm: the same bits for every number of threads") {
  const int threads = cpu::num_threads();
  const Index rows = 30'000, channels = 5;
  const auto x = draw(rows, channels, 1, 1);
  std::vector<Statistics> results;
  std::vector<std::vector<float>> gradients;
  for (const int n : {1, 2, 3, 7}) {
    cpu::set_num_threads(n);
    results.push_back(statistics(rows, channels, x));
    std::vector<float> sums(10);
    channel_gradient_sums(Cpu{}, rows, channels, x.data(), x.data(), results.back().mean.data(),
                          sums.data(), sums.data() + 5);
    gradients.push_back(sums);
  }
  cpu::set_num_threads(threads);
  for (const auto& result : results) CHECK(result == results.front());
  for (const auto& sums : gradients) CHECK(sums == gradients.front());
}

TEST_CASE("Batch norm: the gradient may be written over the given one") {
  const Index rows = 100, channels = 3;
  const auto x = draw(rows, channels, 1, 1), dy = draw(rows, channels, 2, 0);
  const std::vector<float> weight{1, -2, 0.5F}, mean{0.5F, 1, 2}, inverse{1, 2, 3};
  const auto gradients = [&](const float* given, float* dx) {
    std::vector<float> sums(6, 1);
    batch_norm_backward(Cpu{}, rows, channels, true, x.data(), given, weight.data(), mean.data(),
                        inverse.data(), sums.data(), sums.data() + 3, dx);
    return sums;
  };
  std::vector<float> dx(dy.size());
  const auto sums = gradients(dy.data(), dx.data());
  auto in_place = dy;
  CHECK(gradients(in_place.data(), in_place.data()) == sums);
  CHECK(in_place == dx);
  CHECK(gradients(dy.data(), nullptr) == sums);
}
