// Batch normalisation folded into packed weights.
#include <osteon/models/resnet.hpp>
#include <osteon/nn/inference.hpp>
#include <osteon/nn/nn.hpp>

#include "both.hpp"

namespace osteon {
namespace {

using test::Device;
using test::draw;

struct Layers : nn::Sequential<nn::BatchNorm2d, nn::Conv2d<8, 3, 1, 1>, nn::BatchNorm2d, nn::ReLU,
                               models::BasicBlock<8>, models::BasicBlock<12, 2>, nn::Dropout<50>,
                               nn::GlobalAvgPool2d, nn::Linear<3>> {};
using Net = Model<Layers, Shape<3, 8, 8>, double, Device>;

ON_BOTH("cuda: optimize_for_inference", 1e-12) {
  auto net = Net::create(7);
  HostMirror buffers(net.buffers());
  for (Index i = 0; i < Net::buffer_count; ++i) buffers[i] = 1 + test::uniform(3, 0, i, 0.5);
  buffers.write_back();
  auto fast = optimize_for_inference(net, 4);
  for (const Index batch : {4, 1}) {
    Net::InputTensor x(batch);
    draw(x.view(), 1);
    record.add("optimised", fast.predict(x));
    record.add("as it is", net.predict(x));
  }
}

}  // namespace
}  // namespace osteon
