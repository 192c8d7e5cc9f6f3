// The stream that all work of the GPU backend runs in, in order.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/cuda/device.hpp>

// Also where the host's compiler reads what is nvcc's, with CUDA's headers at hand.
#if defined(__CUDACC__) || __has_include(<cuda_runtime_api.h>)
#include <osteon/cuda/device.hpp>

#include <cuda_runtime_api.h>

namespace osteon::gpu {

/// What to do about an error, as the end of a message.
[[nodiscard]] constexpr const char* advice(cudaError_t status) {
  switch (status) {
    case cudaErrorNoDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorDevicesUnavailable:
      return "; check the driver and the GPU with nvidia-smi, or use --device cpu";
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorUnsupportedPtxVersion:
      return "; this program was not compiled for this GPU: configure with its compute capability "
             "(nvidia-smi --query-gpu=compute_cap --format=csv), such as "
             "-DCMAKE_CUDA_ARCHITECTURES=90 (Meson: -Dgpu_architectures=sm_90)";
    case cudaErrorMemoryAllocation:
      return "; use a smaller batch or image size";
    default:
      return "; an earlier operation may be the cause: run again with CUDA_LAUNCH_BLOCKING=1, or "
             "under compute-sanitizer";
  }
}

/// Fails with CUDA's own words, and what to do.
inline void check_cuda(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
#if defined(__CUDACC__)
  // Where there is no GPU to use, the message is the same whatever came to it first.
  if (status == cudaErrorNoDevice || status == cudaErrorInsufficientDriver) require_cuda_device();
#endif
  fail("CUDA: ", what, " failed: ", cudaGetErrorString(status), advice(status));
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
