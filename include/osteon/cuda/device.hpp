// The GPU's device tag, and whether there is one.
#pragma once

#include <osteon/core/error.hpp>

#if defined(__CUDACC__)
#include <cuda_runtime_api.h>
#endif

namespace osteon {

/// An NVIDIA GPU; operations live in osteon/cuda/.
struct Cuda {
  static constexpr const char* name = "cuda";
};

// Programs may have parts that nvcc compiles and parts that it does not: they differ here by name.
#if defined(__CUDACC__)
inline namespace compiled_for_gpu {

/// Fails where no GPU can be used, and says why. Nothing computes on the CPU in its place.
inline void require_cuda_device() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  require(status == cudaSuccess, "there is no CUDA device to use: ", cudaGetErrorString(status),
          "; check the driver with nvidia-smi, or use --device cpu");
  require(count > 0, "there is no CUDA device on this machine; use --device cpu");
}

}  // namespace compiled_for_gpu
#else
inline namespace compiled_for_host {

/// Fails: this part of the program was compiled without nvcc.
inline void require_cuda_device() {
  fail(
      "this program was built without CUDA; configure with -DOSTEON_CUDA=ON (Meson: "
      "-Dcuda=enabled) and nvcc, or use --device cpu");
}

}  // namespace compiled_for_host
#endif

}  // namespace osteon
