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
    auto& [mean, variance] = results.back();
    std::vector<float> sums(10), dx(x.size());
    const std::vector<float> weight(5, 1);
    const BatchNorm<float> norm{.rows = rows,
                                .channels = channels,
                                .training = true,
                                .epsilon = 0,
                                .momentum = 0,
                                .relu = true,
                                .weight = weight.data(),
                                .bias = weight.data(),
                                .running_mean = nullptr,
                                .running_var = nullptr,
                                .mean = mean.data(),
                                .inverse = variance.data()};
    batch_norm_backward(Cpu{}, norm, x.data(), x.data(), x.data(), false, sums.data(),
                        sums.data() + 5, {dx.data(), false}, Gradient<float>{});
    sums.insert(sums.end(), dx.begin(), dx.end());
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
    std::vector<float> centre = mean, factor = inverse;
    const BatchNorm<float> norm{.rows = rows,
                                .channels = channels,
                                .training = true,
                                .epsilon = 0,
                                .momentum = 0,
                                .relu = false,
                                .weight = weight.data(),
                                .bias = mean.data(),
                                .running_mean = nullptr,
                                .running_var = nullptr,
                                .mean = centre.data(),
                                .inverse = factor.data()};
    batch_norm_backward(Cpu{}, norm, x.data(), x.data(), given, false, sums.data(), sums.data() + 3,
                        {dx, false}, Gradient<float>{});
    return sums;
  };
  std::vector<float> dx(dy.size());
  const auto sums = gradients(dy.data(), dx.data());
  auto in_place = dy;
  CHECK(gradients(in_place.data(), in_place.data()) == sums);
  CHECK(in_place == dx);
  CHECK(gradients(dy.data(), nullptr) == sums);
}

namespace {

/// relu(norm(x) + addend) and its gradients, in one pass or as separate operations.
struct Passes {
  std::vector<double> y, dx, daddend, dweight, dbias, mean, var;
};

Passes passes(bool fused, bool with_addend, bool training, bool add) {
  const Index rows = 700, channels = 21;  // vectors and a rest, two chunks
  const auto size = static_cast<std::size_t>(rows * channels);
  const auto of_channels = static_cast<std::size_t>(channels);
  const auto random = [&](std::uint64_t tensor, std::size_t n, double scale, double centre) {
    std::vector<double> v(n);
    for (std::size_t i = 0; i < n; ++i) {
      v[i] = test::uniform(tensor, 0, static_cast<Index>(i), scale, centre);
    }
    return v;
  };
  const auto x = random(1, size, 2, 0.3), addend = random(2, size, 1, 0),
             dy = random(3, size, 1, 0);
  const auto weight = random(4, of_channels, 1, 0.5), bias = random(5, of_channels, 1, 0);
  Passes p{.y = std::vector<double>(size),
           .dx = random(6, size, 1, 0),
           .daddend = random(7, size, 1, 0),
           .dweight = std::vector<double>(of_channels, 1),
           .dbias = std::vector<double>(of_channels, 2),
           .mean = random(8, of_channels, 1, 0),
           .var = random(9, of_channels, 0.5, 1)};
  std::vector<double> mean(of_channels), inverse(of_channels);
  BatchNorm<double> norm{rows,          channels,     training,      1e-5,
                         0.1,           fused,        weight.data(), bias.data(),
                         p.mean.data(), p.var.data(), mean.data(),   inverse.data()};
  const double* const given = with_addend ? addend.data() : nullptr;
  const Gradient<double> dx{p.dx.data(), add};
  const Gradient<double> daddend{with_addend ? p.daddend.data() : nullptr, add};
  if (fused) {
    batch_norm_forward(Cpu{}, norm, x.data(), given, p.y.data());
    batch_norm_backward(Cpu{}, norm, x.data(), p.y.data(), dy.data(), with_addend, p.dweight.data(),
                        p.dbias.data(), dx, daddend);
    return p;
  }
  batch_norm_forward(Cpu{}, norm, x.data(), static_cast<double*>(nullptr), p.y.data());
  for (std::size_t i = 0; i < size; ++i) {
    p.y[i] = std::max(0.0, p.y[i] + (with_addend ? addend[i] : 0));
  }
  std::vector<double> g = dy;
  for (std::size_t i = 0; i < size; ++i) {
    if (p.y[i] <= 0) g[i] = 0;
    if (with_addend) p.daddend[i] = g[i] + (add ? p.daddend[i] : 0);
  }
  batch_norm_backward(Cpu{}, norm, x.data(), p.y.data(), g.data(), false, p.dweight.data(),
                      p.dbias.data(), dx, Gradient<double>{});
  return p;
}

void check_close(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  CHECK(worst < 1e-12);
}

}  // namespace

TEST_CASE("Batch norm: with addition and ReLU in the same pass as with separate ones") {
  for (const bool with_addend : {false, true}) {
    for (const bool training : {false, true}) {
      for (const bool add : {false, true}) {
        CAPTURE(with_addend);
        CAPTURE(training);
        CAPTURE(add);
        const Passes one = passes(true, with_addend, training, add);
        const Passes separate = passes(false, with_addend, training, add);
        check_close(one.y, separate.y);
        check_close(one.dx, separate.dx);
        check_close(one.daddend, separate.daddend);
        check_close(one.dweight, separate.dweight);
        check_close(one.dbias, separate.dbias);
        check_close(one.mean, separate.mean);
        check_close(one.var, separate.var);
      }
    }
  }
}
