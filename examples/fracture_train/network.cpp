#include "network.hpp"

#include <osteon/cuda/device.hpp>
#include <osteon/osteon.hpp>

#include "resnet18.hpp"

namespace fracture {

std::string eigen_version() {
  return osteon::concat(EIGEN_WORLD_VERSION, '.', EIGEN_MAJOR_VERSION, '.', EIGEN_MINOR_VERSION);
}

#if !defined(FRACTURE_TRAIN_CUDA)
void require_device(const std::string& device) {
  if (device == "cuda") osteon::require_cuda_device();  // fails: it says what to build with
}
#endif

std::unique_ptr<Network> make_network(const std::string& device, int image_size,
                                      std::uint64_t seed) {
#if defined(FRACTURE_TRAIN_CUDA)
  if (device == "cuda") return make_cuda_network(image_size, seed);
#endif
  require_device(device);
  return make_resnet18<osteon::Cpu>(image_size, seed);
}

}  // namespace fracture
