// What does SynFlow leave of ResNet-18? Prints the densities, the multiply-accumulates and the
// overlap with other choices.
//
//   prune_resnet18 [--sparsity 0.95] [--iterations 100] [--seed 42] [--threads N] [--json FILE]
#include <osteon/osteon.hpp>

#include "program.hpp"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <vector>

using namespace osteon;

using Net = Model<models::ResNet18<2>, Shape<3, 224, 224>>;

namespace {

void run(double sparsity, int iterations, std::uint64_t seed, const bench::Options& options) {
  cpu::set_num_threads(options.threads);
  Net net = Net::create(seed);
  double flow = 0;
  prune::Mask<Net> mask;
  std::vector<double> samples;
  // A std::function, so that nothing is inlined: g++ 12 would warn of bounds that are kept.
  const std::function<void()> prune_once = [&] {
    mask = prune::synflow(net, {.sparsity = sparsity, .iterations = iterations},
                          [&](const prune::SynflowIteration& seen) {
                            if (seen.iteration == 1) flow = seen.flow;
                          });
  };
  for (int i = 0; i < options.repetitions; ++i) samples.push_back(bench::milliseconds(prune_once));
  const bench::Spread ms = bench::spread(samples);
  const auto one_shot = prune::synflow(net, {.sparsity = sparsity, .iterations = 1});
  const auto magnitude = prune::magnitude(net, {.sparsity = sparsity});

  mask.apply(net);
  const prune::Report report = prune::report(net);
  std::printf("ResNet-18, 2 classes, 224 pixels, seed %llu; SynFlow to %g in %d iterations\n\n%s\n",
              static_cast<unsigned long long>(seed), sparsity, iterations,
              to_string(report).c_str());
  std::printf("R of the dense network             %.4g\n", flow);
  std::printf("prunable weights kept              %lld of %lld (%.5f)\n",
              static_cast<long long>(report.prunable_nonzero),
              static_cast<long long>(report.prunable), 1 - report.sparsity());
  std::printf("parameters removed, of all         %lld of %lld (%.5f)\n",
              static_cast<long long>(report.prunable - report.prunable_nonzero),
              static_cast<long long>(report.parameters),
              static_cast<double>(report.prunable - report.prunable_nonzero) /
                  static_cast<double>(report.parameters));
  std::printf("multiply-accumulates, times fewer  %.2f\n",
              static_cast<double>(report.macs_dense) / static_cast<double>(report.macs_kept));
  const double one_shot_iou = prune::intersection_over_union(mask, one_shot);
  const double magnitude_iou = prune::intersection_over_union(mask, magnitude);
  std::printf("IoU with the one-shot mask         %.3f\n", one_shot_iou);
  std::printf("IoU with the magnitude mask        %.3f\n", magnitude_iou);
  std::printf("seconds                            %.1f (middle half %.1f to %.1f)\n",
              ms.median / 1e3, ms.low / 1e3, ms.high / 1e3);

  io::Json row{{"name", "synflow"},
               {"sparsity", report.sparsity()},
               {"macs_dense", report.macs_dense},
               {"macs_kept", report.macs_kept},
               {"iou_one_shot", one_shot_iou},
               {"iou_magnitude", magnitude_iou}};
  bench::put(row, "ours", ms);
  bench::write_rows(options, io::Json::array({row}));
}

}  // namespace

int main(int argc, char** argv) {
  cli::CommandLine line("What SynFlow leaves of ResNet-18", "prune_resnet18");
  double sparsity = 0.95;
  int iterations = 100;
  std::uint64_t seed = 42;
  line.add("--sparsity", sparsity, "Share of the prunable weights to remove");
  line.add("--iterations", iterations, "SynFlow's iterations").check(cli::positive());
  line.add("--seed", seed, "Of the initial weights");
  bench::Options options{.repetitions = 1};
  return bench::run_program(line, options, argc, argv,
                            [&] { run(sparsity, iterations, seed, options); });
}
