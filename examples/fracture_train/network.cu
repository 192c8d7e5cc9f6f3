// The network on a GPU, where the build has nvcc.
#include <osteon/core/float16.hpp>
#include <osteon/cuda/cuda.hpp>
#include <osteon/cuda/tf32.hpp>

#include "resnet18.hpp"

namespace fracture {

void require_cuda() { osteon::require_cuda_device(); }

std::unique_ptr<Network> make_cuda_network(const Options& options, std::uint64_t seed) {
  osteon::gpu::set_tf32(options.precision == "tf32");
  if (options.precision == "bf16") {
    return make_resnet18<osteon::Cuda, osteon::BFloat16>(options.image_size, seed);
  }
  return make_resnet18<osteon::Cuda, float>(options.image_size, seed);
}

}  // namespace fracture
