// Masks are exactly the Cpu's; SynFlow's scores are within rounding.
#include <osteon/models/mlp.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/prune/prune.hpp>

#include "both.hpp"

namespace osteon {
namespace {

using test::Device;

struct SmallResNet : nn::Sequential<nn::Conv2d<8, 3, 1, 1, nn::no_bias>, nn::BatchNorm2d, nn::ReLU,
                                    models::BasicBlock<8>, models::BasicBlock<16, 2>,
                                    nn::GlobalAvgPool2d, nn::Linear<3>> {};
using Net = Model<SmallResNet, Shape<3, 8, 8>, float, Device>;
using Mlp = Model<models::MLP<Shape<40, 30>, 2>, Shape<20>, float, Device>;

template <class Model>
Model trained_like() {
  auto model = Model::create(7);
  HostMirror buffers(model.buffers());
  for (Index i = 0; i < Model::buffer_count; ++i)
    buffers[i] = 1 + float(test::uniform(3, 0, i, 0.5));
  buffers.write_back();
  return model;
}

template <class Model>
void add_mask(test::Record& record, const char* name, const prune::Mask<Model>& mask) {
  record.add(name, mask.view());
  record.add("kept", {static_cast<double>(mask.kept()), mask.sparsity()});
}

/// The scores of every iteration and all masks after it.
template <class Model>
void synflow_scores(test::Record& record, prune::Linearization how) {
  const auto model = trained_like<Model>();
  const prune::SynflowOptions options{.sparsity = 0.9, .iterations = 10, .linearization = how};
  (void)prune::synflow(model, options, [&](const prune::SynflowIteration& i) {
    record.add("scores", {i.scores().begin(), i.scores().end()});
    record.add("flow", {i.flow});
  });
}
ON_BOTH("cuda: SynFlow's scores", 1e-12) {
  synflow_scores<Mlp>(record, prune::Linearization::pure_scale);
  synflow_scores<Net>(record, prune::Linearization::pure_scale);
  synflow_scores<Net>(record, prune::Linearization::reference);
  synflow_scores<Net>(record, prune::Linearization::identity);
}

ON_BOTH("cuda: masks", 0) {
  const auto model = trained_like<Net>();
  const auto mask = prune::synflow(model, {.sparsity = 0.95, .iterations = 20});
  add_mask(record, "SynFlow", mask);
  add_mask(record, "SynFlow of an MLP", prune::synflow(trained_like<Mlp>(), {.sparsity = 0.9}));
  const prune::SelectionOptions by_layer{.scope = prune::Scope::layer, .dense_classifier = true};
  const auto smallest = prune::magnitude(model, {.sparsity = 0.8, .selection = by_layer});
  add_mask(record, "magnitude", smallest);
  record.add("overlap", {prune::intersection_over_union(mask, smallest)});
  record.add("equal",
             {static_cast<double>(mask == mask) + 2 * static_cast<double>(mask == smallest)});

  auto pruned = model;
  mask.apply(pruned);
  record.add("pruned weights", pruned.parameters());
  add_mask(record, "from zeros", prune::Mask<Net>::from_zeros(pruned));
  const prune::Report report = prune::report(pruned);
  record.add("report", {report.sparsity(), static_cast<double>(report.nonzero),
                        static_cast<double>(report.macs_kept)});
}

ON_BOTH("cuda: SynFlow's mask of ResNet-18", 0, doctest::test_suite("slow")) {
  using ResNet = Model<models::ResNet18<2>, Shape<3, 32, 32>, float, Device>;
  add_mask(record, "mask", prune::synflow(ResNet::create(3), {.sparsity = 0.95, .iterations = 3}));
}

}  // namespace
}  // namespace osteon
