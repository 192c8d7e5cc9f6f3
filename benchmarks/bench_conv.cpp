// How fast is each convolution of ResNet-18, summed directly and by Winograd's form, beside
// oneDNN's direct algorithm? Effective GFLOP/s (of the direct sum's operations, whatever was
// computed) in all three directions, beside the multiply-add peak measured in the same run. Forward
// is inference's: the weight lies in the form that the kernel reads, as oneDNN's does. The forms
// take turns; oneDNN's results must be ours. With several threads, ours take another turn on one.
//
// A turn is as many calls as take 10 ms, after as many that are not counted: a steady state, in
// which what fits into the caches is there. With --cold it is one call alone, after the others have
// used the caches. A layer of a network finds something between the two.
//
//   bench_conv [--threads N] [--batch N] [--cold] [--repetitions N] [--json FILE]
#include <osteon/osteon.hpp>

#include "program.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#if defined(OSTEON_ONEDNN)
#include "onednn.hpp"
#endif

using namespace osteon;

namespace {

/// Multiply-adds on registers alone, on all threads: what the processor can do at most. It takes
/// turns with the layers, as a processor's speed changes from second to second.
class Peak {
 public:
  explicit Peak(int threads) : threads_(threads) {}
  void run() {
    cpu::parallel_for(threads_, [&](Index i) {
      cpu::Tile<float, cpu::tile_rows> tile;
      const auto one = cpu::Vector<float>{} + 1e-9F;
      float value = 1e-9F;
      asm volatile("" : "+m"(value));
      for (Index step = 0; step < steps; ++step) tile.add(one, one, [&](int) { return value; });
      cpu::Vector<float> sum{};
      for (const auto& row : tile.sums) sum += row[0] + row[1];
      sinks_[static_cast<std::size_t>(i) * 64] = sum[0];
    });
  }
  /// 10^9 multiply-adds times two a run.
  [[nodiscard]] double gflop() const {
    const double vectors = 2.0 * cpu::tile_rows * static_cast<double>(steps) * threads_;
    return 2e-9 * vectors * static_cast<double>(cpu::Simd<float>::width);
  }

 private:
  static constexpr Index steps = 1 << 18;
  int threads_;
  std::vector<float> sinks_ = std::vector<float>(static_cast<std::size_t>(threads_) * 64);
};

/// What the convolution of one geometry reads and writes; aligned as a network's memory is.
struct Memory {
  Buffer<float, Cpu> x, weight, dy, y, dx, dweight;
  Buffer<float, Cpu> packed[2];  // the weight, for the direct sum and for the form that is chosen

  explicit Memory(const Conv2dGeometry& g)
      : x(values(g.batch * g.in_height * g.in_width * g.in_channels)),
        weight(values(g.weights())),
        dy(values(g.rows() * g.out_channels)),
        y(dy),
        dx(x),
        dweight(weight) {}

  static Buffer<float, Cpu> values(Index size) {
    Buffer<float, Cpu> v(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < v.size(); ++i) v.data()[i] = static_cast<float>(i % 17) / 8 - 1;
    return v;
  }
};

constexpr std::array direction_names{"forward", "backward_input", "backward_weight"};
using Directions = std::array<std::function<void()>, 3>;

/// One way to compute the three directions.
struct Form {
  const char* name;
  Directions run;
};

Form osteon_form(const Conv2dGeometry& g, Memory& m, bool winograd) {
  const auto as = [winograd](auto body) {
    return [=] {
      cpu::set_winograd(winograd);
      body();
    };
  };
  constexpr float* no_dbias = nullptr;
  cpu::set_winograd(winograd);
  const Conv2dAlgorithm algorithm = conv2d_algorithm<float>(Cpu{}, g);
  Buffer<float, Cpu>& packed = m.packed[winograd ? 1 : 0];
  packed =
      Buffer<float, Cpu>(static_cast<std::size_t>(conv2d_packed_size<float>(Cpu{}, g, algorithm)));
  conv2d_pack(Cpu{}, g, algorithm, m.weight.data(), packed.data());
  return {winograd ? "winograd" : "direct",
          {as([&, algorithm] {
             conv2d_forward_packed(Cpu{}, g, algorithm, m.x.data(), packed.data(),
                                   Epilogue<float>{}, m.y.data());
           }),
           as([&] { conv2d_backward_input(Cpu{}, g, m.dy.data(), m.weight.data(), m.dx.data()); }),
           as([&] {
             conv2d_backward_weight(Cpu{}, g, m.x.data(), m.dy.data(), m.dweight.data(), no_dbias);
           })}};
}

#if defined(OSTEON_ONEDNN)
/// Fails if oneDNN's results differ from ours by more than the rounding of float and of Winograd's
/// form explains.
void check_results(const char* layer, bench::OnednnConv2d& onednn, const Form& ours, Memory& m) {
  // The gradient of the weight is added to what is there.
  std::fill_n(m.dweight.data(), m.dweight.size(), 0.0F);
  for (const auto& run : ours.run) run();
  const auto compare = [&](const char* direction, const Buffer<float, Cpu>& a,
                           const std::vector<float>& b) {
    float largest = 0, apart = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      largest = std::max(largest, std::abs(b[i]));
      apart = std::max(apart, std::abs(a.data()[i] - b[i]));
    }
    require(apart <= 1e-3F * largest, layer, ", ", direction, ", ", ours.name,
            ": oneDNN's result differs by ", apart, " where the largest value is ", largest);
  };
  compare("forward", m.y, onednn.y());
  compare("backward input", m.dx, onednn.dx());
  compare("backward weight", m.dweight, onednn.dweight());
}
#endif

struct Options : bench::Options {
  Index batch = 8;
  bool cold = false;
};

/// The same on `threads` threads.
std::function<void()> on_threads(int threads, const std::function<void()>& run) {
  return [threads, run] {
    cpu::set_num_threads(threads);
    run();
  };
}

/// Measures a layer in all forms, prints and appends a row for each.
void measure(const char* name, const Conv2dGeometry& g, const Options& options, io::Json& rows) {
  Peak peak(options.threads);
  Memory m(g);
  std::vector<Form> forms{osteon_form(g, m, false)};
  cpu::set_winograd(true);
  if (conv2d_algorithm<float>(Cpu{}, g) != Conv2dAlgorithm::direct)
    forms.push_back(osteon_form(g, m, true));
  const std::size_t own_forms = forms.size();
#if defined(OSTEON_ONEDNN)
  bench::OnednnConv2d onednn(g, m.x.data(), m.weight.data(), m.dy.data());
  forms.push_back({"onednn",
                   {[&] { onednn.forward(); }, [&] { onednn.backward_input(); },
                    [&] { onednn.backward_weight(); }}});
#endif
  const std::size_t first = rows.size();
  for (const Form& form : forms) {
    rows.push_back({{"layer", name}, {"form", form.name}, {"batch", g.batch}});
  }
  std::array<double, direction_names.size()> peaks{};
  for (std::size_t direction = 0; direction < direction_names.size(); ++direction) {
    std::vector<std::function<void()>> bodies;
    for (const Form& form : forms)
      bodies.push_back(on_threads(options.threads, form.run[direction]));
    bodies.push_back(on_threads(options.threads, [&] { peak.run(); }));
    if (options.threads > 1) {
      for (std::size_t i = 0; i < own_forms; ++i)
        bodies.push_back(on_threads(1, forms[i].run[direction]));
    }
    const auto samples = bench::take_turns(options.repetitions, bodies,
                                           options.cold ? bench::Turn::once : bench::Turn::steady);
    peaks[direction] = 1e3 * peak.gflop() / bench::spread(samples[forms.size()]).median;
    for (std::size_t i = 0; i < forms.size(); ++i)
      bench::put(rows[first + i], direction_names[direction], bench::spread(samples[i]));
    for (std::size_t i = 0; options.threads > 1 && i < own_forms; ++i) {
      std::vector<double> ratios = samples[forms.size() + 1 + i];
      for (std::size_t round = 0; round < ratios.size(); ++round)
        ratios[round] /= samples[i][round];
      rows[first + i][concat(direction_names[direction], "_of_one_thread")] =
          bench::spread(ratios).median;
    }
  }
#if defined(OSTEON_ONEDNN)
  for (std::size_t i = 0; i < own_forms; ++i) check_results(name, onednn, forms[i], m);
#endif

  const double gflop = 2e-9 * static_cast<double>(g.rows() * g.weights());
  for (std::size_t i = first; i < rows.size(); ++i) {
    std::printf("%-18s %-9s", name, rows[i]["form"].get<std::string>().c_str());
    for (std::size_t d = 0; d < direction_names.size(); ++d) {
      const std::string direction = direction_names[d];
      const double ms = rows[i][direction + "_ms"], low = rows[i][direction + "_low"],
                   high = rows[i][direction + "_high"];
      const double rate = 1e3 * gflop / ms;
      rows[i][direction + "_gflops"] = rate;
      rows[i][direction + "_of_peak"] = rate / peaks[d];
      std::printf(" %7.0f +-%2.0f%% (%3.0f %%)", rate, 50 * (high - low) / ms,
                  100 * rate / peaks[d]);
      if (const auto ratio = rows[i].find(direction + "_of_one_thread"); ratio != rows[i].end())
        std::printf(" x%4.2f", ratio->get<double>());
      else if (options.threads > 1)
        std::printf("      ");
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}

void measure_resnet18(const Options& options) {
  cpu::set_num_threads(options.threads);
  std::printf("ResNet-18 at 224 px, batch %lld, %d thread(s), %s, on %s\n",
              static_cast<long long>(options.batch), options.threads,
              options.cold ? "cold" : "steady", bench::processor().c_str());
  std::printf(
      "effective GFLOP/s, +- half the quartiles' distance (of the multiply-add peak in those "
      "seconds)%s\n",
      options.threads > 1 ? ", x times as fast as one thread" : "");
#if !defined(OSTEON_ONEDNN)
  std::printf("oneDNN is not in this build (apt-get install libdnnl-dev, then configure anew)\n");
#endif
  const int column = options.threads > 1 ? 26 : 20;
  std::printf("\n%-18s %-9s %*s %*s %*s\n", "layer", "form", column, "forward", column,
              "backward input", column, "backward weight");
  io::Json rows = io::Json::array();
  const auto conv = [&](const char* name, Index in, Index size, Index out, Index kernel,
                        Index stride) {
    const Index to = size / stride;
    measure(name, {options.batch, in, size, size, out, to, to, kernel, stride, kernel / 2}, options,
            rows);
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
  bench::write_rows(options, rows);
}

}  // namespace

int main(int argc, char** argv) {
  cli::CommandLine line("The convolutions of ResNet-18, form by form", "bench_conv");
  Options options;
  line.add("--batch", options.batch, "Images").check(cli::positive());
  line.flag("--cold", options.cold, "One call alone a turn, after the others used the caches");
  return bench::run_program(line, options, argc, argv, [&] {
#if defined(OSTEON_ONEDNN)
    bench::need_environment(argv, {{"OMP_NUM_THREADS", std::to_string(options.threads)}});
#endif
    measure_resnet18(options);
  });
}
