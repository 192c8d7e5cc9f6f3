#include <osteon/core/error.hpp>
#include <osteon/cuda/cuda.hpp>

#include <doctest/doctest.h>

#include <string>
#include <type_traits>

namespace osteon {

static_assert(!is_host<Cuda> && is_host<Cpu>);

// A computation that was asked of a GPU never runs elsewhere in silence.
TEST_CASE("cuda: without a GPU, asking for one is an error that says what to do") {
  std::string message;
  try {
    require_cuda_device();
  } catch (const Error& error) {
    message = error.what();
  }
  if (message.empty()) {
    REQUIRE(gpu::on_gpu);
    MESSAGE("skipped: this machine has a CUDA device");
    return;
  }
  CHECK(message.find("CUDA") != std::string::npos);
  CHECK(message.find("--device cpu") != std::string::npos);
}

#if __has_include(<cuda_runtime_api.h>)
TEST_CASE("cuda: an error of CUDA's says what to do") {
  const auto says = [](cudaError_t status, const char* what) {
    return std::string(gpu::advice(status)).find(what) != std::string::npos;
  };
  CHECK(says(cudaErrorNoKernelImageForDevice, "CMAKE_CUDA_ARCHITECTURES"));
  CHECK(says(cudaErrorNoKernelImageForDevice, "gpu_architectures"));
  CHECK(says(cudaErrorNoDevice, "--device cpu"));
  CHECK(says(cudaErrorMemoryAllocation, "smaller batch"));
  CHECK(says(cudaErrorIllegalAddress, "compute-sanitizer"));
}
#endif

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
TEST_CASE("cuda: what fails says so, and the next operation does not") {
  CHECK_NOTHROW(gpu::check_cuda(cudaSuccess, "nothing"));
  CHECK_THROWS_WITH_AS(gpu::check_cuda(cudaErrorMemoryAllocation, "a test"),
                       doctest::Contains("a test failed"), Error);
  CHECK_NOTHROW(gpu::Event{}.record(gpu::compute_stream()));
}
#endif

}  // namespace osteon
