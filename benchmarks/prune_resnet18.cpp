// What does SynFlow leave of ResNet-18? Prints the densities, the multiply-accumulates and the
// overlap with other choices.
//
//   prune_resnet18 [sparsity = 0.95] [iterations = 100] [seed = 42]
#include <osteon/osteon.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace osteon;

using Net = Model<models::ResNet18<2>, Shape<3, 224, 224>>;

namespace {

void run(double sparsity, int iterations, std::uint64_t seed) {
  Net net = Net::create(seed);
  const auto start = std::chrono::steady_clock::now();
  double flow = 0;
  const auto mask = prune::synflow(net, {.sparsity = sparsity, .iterations = iterations},
                                   [&](const prune::SynflowIteration& seen) {
                                     if (seen.iteration == 1) flow = seen.flow;
                                   });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
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
  std::printf("IoU with the one-shot mask         %.3f\n",
              prune::intersection_over_union(mask, one_shot));
  std::printf("IoU with the magnitude mask        %.3f\n",
              prune::intersection_over_union(mask, magnitude));
  std::printf("seconds                            %.1f\n", seconds.count());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? std::atof(argv[1]) : 0.95, argc > 2 ? std::atoi(argv[2]) : 100,
        argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 42);
  } catch (const Error& error) {
    std::fprintf(stderr, "prune_resnet18: %s\n", error.what());
    return 1;
  }
}
