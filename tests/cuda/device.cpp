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

}  // namespace osteon
