// The GPU's device tag, and whether there is one.
#pragma once

#include <osteon/core/error.hpp>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#endif

namespace osteon {

/// An NVIDIA GPU; operations live in osteon/cuda/.
struct Cuda {
  static constexpr const char* name = "cuda";
};

// Programs may have parts that nvcc compiles and parts that it does not: they differ here by name.
#if defined(__CUDACC__)
namespace gpu::detail {
/// Does nothing; whether the device can run it shows whether it can run any of the program's.
template <class = void>
__global__ void any_kernel() {}
}  // namespace gpu::detail

inline namespace compiled_for_gpu {

/// Fails where no GPU can be used, and says why. Nothing computes on the CPU in its place.
inline void require_cuda_device() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  require(status == cudaSuccess, "there is no CUDA device to use: ", cudaGetErrorString(status),
          "; check the driver with nvidia-smi, or use --device cpu");
  require(count > 0, "there is no CUDA device on this machine; use --device cpu");
  cudaFuncAttributes attributes{};
  const cudaError_t found = cudaFuncGetAttributes(&attributes, gpu::detail::any_kernel<>);
  if (found == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // or the next operation would report it as its own
  if (found != cudaErrorNoKernelImageForDevice && found != cudaErrorInvalidDeviceFunction &&
      found != cudaErrorUnsupportedPtxVersion) {
    return;  // the operation that is to come says what it is
  }
  cudaDeviceProp device{};
  int current = 0;
  cudaGetDevice(&current);
  cudaGetDeviceProperties(&device, current);
  fail("this program was not compiled for ", device.name, ", whose compute capability is ",
       device.major, '.', device.minor, " (", cudaGetErrorString(found),
       "); configure with -DCMAKE_CUDA_ARCHITECTURES=", device.major, device.minor,
       " (Meson: -Dgpu_architectures=sm_", device.major, device.minor, "), or use --device cpu");
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
