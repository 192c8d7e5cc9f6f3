// How many images a second ResNet-18 trains and classifies on a GPU, at 224 pixels in float.
//
//   gpu_resnet18 [batch = 64] [steps = 20]
#include <osteon/cuda/cuda.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace osteon;
using Net = Model<models::ResNet18<2>, Shape<3, 224, 224>, float, Cuda>;

/// Images a second of `steps` calls of step(i), after two that warm up. step() must wait for its
/// result.
template <class Step>
double images_per_second(Index batch, int steps, const Step& step) {
  for (int i = 0; i < 2; ++i) step(i);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < steps; ++i) step(i + 2);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return static_cast<double>(batch * steps) / seconds.count();
}

void run(Index batch, int steps) {
  require(batch > 0 && steps > 0, "batch and steps are numbers above 0");
  require_cuda_device();
  cudaDeviceProp device{};
  require(cudaGetDeviceProperties(&device, 0) == cudaSuccess, "the device does not answer");

  auto net = Net::create(42);
  optim::Adam adam(net, {.learning_rate = 1e-3});
  Net::InputTensor x(batch);
  HostMirror pixels(x.view());
  Random random(1);
  for (float& value : pixels.span()) value = random.normal();
  pixels.write_back();
  std::vector<int> labels;
  for (Index n = 0; n < batch; ++n) labels.push_back(static_cast<int>(n % 2));
  Net::OutputTensor dy(batch);

  double loss = 0;  // read by the host in every step, so the step has ended
  const double training = images_per_second(batch, steps, [&](int i) {
    const auto y = net.forward(x, nn::Mode::training, static_cast<std::uint64_t>(i));
    loss = nn::CrossEntropyLoss{}(y, labels, dy.view());
    net.zero_gradients();
    net.backward(dy);
    adam.step(net);
  });
  require(all_finite(net.parameters()), "training has left float's range");
  auto fast = optimize_for_inference(net, batch);
  const double inference =
      images_per_second(batch, steps, [&](int) { (void)to_device<Cpu>(fast.predict(x)); });
  std::printf("%s, ResNet-18, 224 pixels, float, batch %lld, products by %s\n", device.name,
              static_cast<long long>(batch), gpu::has_cublas ? "cuBLAS" : "Thrust");
  std::printf("training   %10.1f images/s (last loss %.4f)\n", training, loss);
  std::printf("inference  %10.1f images/s\n", inference);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? std::atoll(argv[1]) : 64, argc > 2 ? std::atoi(argv[2]) : 20);
  } catch (const Error& error) {
    std::fprintf(stderr, "gpu_resnet18: %s\n", error.what());
    return 1;
  }
}
