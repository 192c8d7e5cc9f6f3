// The stream that all work of the GPU backend runs in, in order.
#pragma once

#include <osteon/core/error.hpp>

// Also where the host's compiler reads what is nvcc's, with CUDA's headers at hand.
#if defined(__CUDACC__) || __has_include(<cuda_runtime_api.h>)
#include <cuda_runtime_api.h>

namespace osteon::gpu {

/// Fails with CUDA's own words, if it has any.
inline void check_cuda(cudaError_t status, const char* what) {
  require(status == cudaSuccess, "CUDA: ", what, " failed: ", cudaGetErrorString(status));
}

/// Not the default stream, whose work cannot be recorded (cuda/replay.hpp).
inline cudaStream_t stream() {
  // Never destroyed: at exit the driver may be gone before it.
  static const cudaStream_t created = [] {
    cudaStream_t fresh = nullptr;
    check_cuda(cudaStreamCreateWithFlags(&fresh, cudaStreamNonBlocking), "creating a stream");
    return fresh;
  }();
  return created;
}

/// While it lives, the calling thread may do what recording a stream otherwise forbids.
class RelaxedCapture {
 public:
  RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;
  ~RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }

 private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

}  // namespace osteon::gpu
#endif
