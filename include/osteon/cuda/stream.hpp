// The stream in which everything on the GPU runs.
#pragma once

#include <osteon/cuda/device.hpp>

namespace osteon::gpu {

#if defined(__CUDACC__)
/// One stream for the whole program, in which work runs in the order in which it was queued.
inline cudaStream_t stream() {
  static const cudaStream_t the_stream = [] {
    cudaStream_t created = nullptr;
    const cudaError_t status = cudaStreamCreateWithFlags(&created, cudaStreamNonBlocking);
    require(status == cudaSuccess, "CUDA: a stream failed: ", cudaGetErrorString(status));
    return created;
  }();
  return the_stream;
}
#endif

}  // namespace osteon::gpu
