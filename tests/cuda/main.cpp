// Runs the tests; where the program computes on a GPU and there is none, says so and ends with the
// status that CTest and Meson show as "skipped".
#include <osteon/core/error.hpp>
#include <osteon/cuda/device.hpp>
#include <osteon/cuda/thrust.hpp>

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (osteon::gpu::on_gpu) {
    try {
      osteon::require_cuda_device();
    } catch (const osteon::Error& error) {
      std::printf("skipped: %s\n", error.what());
      return 77;
    }
  }
  return doctest::Context(argc, argv).run();
}
