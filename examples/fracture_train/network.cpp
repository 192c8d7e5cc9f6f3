#include "network.hpp"

#include <osteon/cuda/device.hpp>
#include <osteon/osteon.hpp>

#include "resnet18.hpp"

namespace fracture {

std::string eigen_version() {
  return osteon::concat(EIGEN_WORLD_VERSION, '.', EIGEN_MAJOR_VERSION, '.', EIGEN_MINOR_VERSION);
}

#if !defined(FRACTURE_TRAIN_CUDA)
void require_cuda() { osteon::require_cuda_device(); }  // fails: it says what to build with
#endif

void require_device(const Options& options) {
  if (options.device == "cuda") return require_cuda();
  osteon::require(options.precision == "fp32", "--precision ", options.precision,
                  " needs --device cuda; the CPU computes in fp32");
}

std::unique_ptr<Network> make_network(const Options& options, std::uint64_t seed) {
  require_device(options);
#if defined(FRACTURE_TRAIN_CUDA)
  if (options.device == "cuda") return make_cuda_network(options, seed);
#endif
  return make_resnet18<osteon::Cpu, float>(options.image_size, seed);
}

}  // namespace fracture
