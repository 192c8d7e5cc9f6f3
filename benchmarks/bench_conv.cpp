// How fast is each convolution of ResNet-18, summed directly and by Winograd's form? Effective
// GFLOP/s (of the direct sum's operations, whatever was computed) in all three directions, beside
// the multiply-add peak measured in the same run.
//
//   bench_conv [threads = 1] [batch = 8]
#include <osteon/osteon.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace osteon;

namespace {

using Clock = std::chrono::steady_clock;

/// The median seconds of `body`, after a first call that is not counted.
template <class Body>
double median_seconds(const Body& body) {
  body();
  std::vector<double> samples;
  for (int i = 0; i < 9; ++i) {
    const auto start = Clock::now();
    body();
    samples.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::nth_element(samples.begin(), samples.begin() + 4, samples.end());
  return samples[4];
}

/// Multiply-adds on registers alone, all threads, in GFLOP/s.
double peak_gflops() {
  constexpr Index steps = 1 << 20;
  const int threads = cpu::num_threads();
  std::vector<float> sinks(static_cast<std::size_t>(threads) * 64);
  const double seconds = median_seconds([&] {
    cpu::parallel_for(threads, [&](Index i) {
      cpu::Tile<float, cpu::tile_rows> tile;
      const auto one = cpu::Vector<float>{} + 1e-9F;
      float value = 1e-9F;
      asm volatile("" : "+m"(value));
      for (Index step = 0; step < steps; ++step) tile.add(one, one, [&](int) { return value; });
      cpu::Vector<float> sum{};
      for (const auto& row : tile.sums) sum += row[0] + row[1];
      sinks[static_cast<std::size_t>(i) * 64] = sum[0];
    });
  });
  const double vectors = 2.0 * cpu::tile_rows * static_cast<double>(steps) * threads;
  return 2 * vectors * cpu::Simd<float>::width / seconds / 1e9;
}

struct Rates {
  double forward, backward_input, backward_weight;
};

Rates measure(const Conv2dGeometry& g) {
  const auto values = [](Index size) {
    std::vector<float> v(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(i % 17) / 8 - 1;
    return v;
  };
  const auto x = values(g.batch * g.in_height * g.in_width * g.in_channels);
  const auto weight = values(g.weights());
  const auto dy = values(g.rows() * g.out_channels);
  auto y = dy, dx = x, dweight = weight;
  const double gflop = 2e-9 * static_cast<double>(g.rows() * g.weights());
  return {gflop / median_seconds([&] {
            conv2d_forward(Cpu{}, g, x.data(), weight.data(), static_cast<const float*>(nullptr),
                           y.data());
          }),
          gflop / median_seconds([&] {
            conv2d_backward_input(Cpu{}, g, dy.data(), weight.data(), dx.data());
          }),
          gflop / median_seconds([&] {
            conv2d_backward_weight(Cpu{}, g, x.data(), dy.data(), dweight.data(),
                                   static_cast<float*>(nullptr));
          })};
}

void row(const char* name, const Conv2dGeometry& g, double peak) {
  for (const bool winograd : {false, true}) {
    cpu::set_winograd(winograd);
    if (winograd && conv2d_algorithm<float>(Cpu{}, g) == Conv2dAlgorithm::direct) continue;
    const Rates r = measure(g);
    std::printf("%-22s %-9s %7.0f (%3.0f %%) %8.0f (%3.0f %%) %8.0f (%3.0f %%)\n", name,
                winograd ? "winograd" : "direct", r.forward, 100 * r.forward / peak,
                r.backward_input, 100 * r.backward_input / peak, r.backward_weight,
                100 * r.backward_weight / peak);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  const Index batch = argc > 2 ? std::atoll(argv[2]) : 8;
  if (threads < 1 || batch < 1) {
    std::fprintf(stderr, "bench_conv [threads = 1] [batch = 8]: both at least 1\n");
    return 2;
  }
  cpu::set_num_threads(threads);
  const double peak = peak_gflops();
  std::printf("ResNet-18 at 224 px, batch %lld, %d thread(s); multiply-add peak %.0f GFLOP/s\n\n",
              static_cast<long long>(batch), threads, peak);
  std::printf("%-22s %-9s %15s %16s %16s\n", "layer", "form", "forward", "backward input",
              "backward weight");
  const auto conv = [&](const char* name, Index in, Index size, Index out, Index kernel,
                        Index stride) {
    const Index to = size / stride;
    row(name, {batch, in, size, size, out, to, to, kernel, stride, kernel / 2}, peak);
  };
  conv("conv1 7x7/2 3-64", 3, 224, 64, 7, 2);
  conv("3x3 64 @56", 64, 56, 64, 3, 1);
  conv("3x3/2 64-128 @56", 64, 56, 128, 3, 2);
  conv("1x1/2 64-128 @56", 64, 56, 128, 1, 2);
  conv("3x3 128 @28", 128, 28, 128, 3, 1);
  conv("3x3/2 128-256 @28", 128, 28, 256, 3, 2);
  conv("1x1/2 128-256 @28", 128, 28, 256, 1, 2);
  conv("3x3 256 @14", 256, 14, 256, 3, 1);
  conv("3x3/2 256-512 @14", 256, 14, 512, 3, 2);
  conv("1x1/2 256-512 @14", 256, 14, 512, 1, 2);
  conv("3x3 512 @7", 512, 7, 512, 3, 1);
}
