// Whole networks: every layer, forward and backward, in training and in evaluation.
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>

#include "both.hpp"

namespace osteon {
namespace {

using test::Device;
using test::draw;

/// Running statistics as training leaves them.
template <class Model>
void draw_statistics(Model& model) {
  HostMirror buffers(model.buffers());
  for (Index i = 0; i < Model::buffer_count; ++i) buffers[i] = 1 + test::uniform(32, 0, i, 0.5);
  buffers.write_back();
}

template <class Net, AnyShape Input>
void run(test::Record& record, Index batch) {
  using Model = osteon::Model<Net, Input, double, Device>;
  auto model = Model::create(5);
  record.add("initial weights", model.parameters());
  draw_statistics(model);
  typename Model::InputTensor x(batch);
  draw(x.view(), 1);
  typename Model::OutputTensor dy(batch);
  draw(dy.view(), 2);
  record.add("predict", model.predict(x));
  for (const nn::Mode mode : {nn::Mode::training, nn::Mode::evaluation}) {
    record.add("forward", model.forward(x, mode, 3));
    typename Model::InputTensor dx(batch);
    model.backward(dy, dx.data());
    record.add("dx", dx.view());
    record.add("gradients, added up", model.gradients());
  }
  if constexpr (Model::buffer_count > 0) {
    record.add("running statistics", HostMirror(model.buffers()).span());
  }
}

using Convolution = nn::Conv2d<6, 3, 2, 1>;
ON_BOTH("cuda: layers without state", 1e-12) {
  using Image = Shape<3, 8, 8>;
  run<nn::Sequential<Convolution>, Image>(record, 3);
  run<nn::Sequential<Convolution, nn::ReLU>, Image>(record, 3);
  run<nn::Sequential<Convolution, nn::MaxPool2d<2>>, Image>(record, 3);
  run<nn::Sequential<Convolution, nn::AvgPool2d<2>>, Image>(record, 3);
  run<nn::Sequential<Convolution, nn::GlobalAvgPool2d>, Image>(record, 3);
  run<nn::Sequential<Convolution, nn::Flatten, nn::Linear<4>>, Image>(record, 3);
  run<nn::Sequential<nn::Linear<9>, nn::ReLU, nn::Dropout<30>, nn::Linear<4>>, Shape<7>>(record, 5);
}

ON_BOTH("cuda: batch normalisation in a network", 1e-11) {
  using Image = Shape<3, 6, 6>;
  run<nn::Sequential<nn::BatchNorm2d>, Image>(record, 4);
  run<nn::Sequential<Convolution, nn::BatchNorm2d, nn::ReLU>, Image>(record, 4);
}

ON_BOTH("cuda: residual blocks", 1e-11) {
  using Image = Shape<8, 6, 6>;
  run<nn::Sequential<models::BasicBlock<8>>, Image>(record, 3);
  run<nn::Sequential<models::BasicBlock<16, 2>>, Image>(record, 3);
  run<nn::Sequential<models::BasicBlock<8>, models::BasicBlock<12, 2>, nn::GlobalAvgPool2d,
                     nn::Linear<3>>,
      Image>(record, 3);
}

}  // namespace
}  // namespace osteon
