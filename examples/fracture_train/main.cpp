// fracture_train: from a folder of radiographs to a pruned, trained, evaluated classifier.
#include <osteon/core/error.hpp>

#include "options.hpp"
#include "run.hpp"

#include <cstdio>
#include <exception>
#include <thread>

namespace {

int dispatch(const fracture::Options& options) {
  switch (options.image_size) {
    case 64:
      return fracture::run<64>(options);
    case 128:
      return fracture::run<128>(options);
    case 224:
      return fracture::run<224>(options);
    default:
      osteon::fail("images of ", options.image_size,
                   " px are not compiled in; use --image-size 64, 128 or 224");
  }
}

}  // namespace

int main(int argc, char** argv) {
  fracture::Options options;
  int status = 0;
  if (!fracture::parse(argc, argv, options, status)) return status;
  if (options.threads == 0) {
    options.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  osteon::cpu::set_num_threads(options.threads);
  osteon::cpu::set_winograd(options.winograd);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // keeps its place among the progress lines
  try {
    return dispatch(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fracture_train: %s\n", error.what());
    return 1;
  }
}
