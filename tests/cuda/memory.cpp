#include <osteon/nn/nn.hpp>

#include "both.hpp"

#include <utility>

namespace osteon {
namespace {

using test::Device;
using test::draw;
using test::drawn;

ON_BOTH("cuda: buffers are zero at first, copied and moved", 0) {
  Buffer<float, Device> buffer(1000);
  record.add("new", buffer);
  buffer = drawn<float>(1000, 1);
  Buffer<float, Device> same = buffer;
  draw(buffer.data(), 1000, 2);
  record.add("copy", same);
  const Buffer<float, Device> moved = std::move(same);
  record.add("moved", moved);
  record.add("what it was moved from", {static_cast<double>(same.size())});  // NOLINT
  const Buffer<float, Device> none(0);
  record.add("size of none", {static_cast<double>(none.size()), none.data() == nullptr ? 1.0 : 0});
}

ON_BOTH("cuda: tensors go from device to device and come back as they were", 0) {
  Tensor<float, Shape<dynamic, 2, 3, 4>, ChannelsLast, Device> here(2);
  draw(here.view(), 1);
  const auto host = to_device<Cpu>(here);
  record.add("on the host", host.view());
  const auto back = to_device<Device>(host);
  record.add("back", back.view());
  const auto again = to_device<Device>(back);
  record.add("from device to device", again.view());
}

ON_BOTH("cuda: models go from device to device", 0) {
  using Layers = nn::Sequential<nn::Conv2d<4, 3>, nn::BatchNorm2d, nn::GlobalAvgPool2d>;
  using Net = Model<Layers, Shape<2, 5, 5>, float, Device>;
  auto net = Net::create(9);
  Net::InputTensor x(3);
  draw(x.view(), 1);
  (void)net.forward(x, nn::Mode::training);
  const auto host = net.to_device<Cpu>();
  record.add("weights", host.parameters());
  auto back = host.to_device<Device>();
  record.add("batches", {static_cast<double>(back.batches_tracked())});
  const auto out = to_device<Cpu>(net.predict(x)), same = to_device<Cpu>(back.predict(x));
  record.add("differences", {test::relative_error(same.span(), out.span())});
}

}  // namespace
}  // namespace osteon
