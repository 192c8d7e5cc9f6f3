// The network on a GPU, where the build has nvcc.
#include <osteon/cuda/cuda.hpp>

#include "resnet18.hpp"

namespace fracture {

void require_device(const std::string& device) {
  if (device == "cuda") osteon::require_cuda_device();
}

std::unique_ptr<Network> make_cuda_network(int image_size, std::uint64_t seed) {
  return make_resnet18<osteon::Cuda>(image_size, seed);
}

}  // namespace fracture
