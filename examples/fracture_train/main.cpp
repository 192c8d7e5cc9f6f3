// fracture_train: from a folder of radiographs to a pruned, trained, evaluated classifier.
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/winograd_switch.hpp>

#include "evaluate.hpp"
#include "images.hpp"
#include "options.hpp"
#include "recipe.hpp"
#include "report.hpp"
#include "run.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace fracture {
namespace {

constexpr int interrupted = 130;  // as a shell reports Ctrl-C

void say(const Images& images) {
  std::printf("images: %zu to train on, %zu to validate, %zu to test\n", images.train.size(),
              images.val.size(), images.test.size());
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  osteon::require(!error, "cannot create the folder ", path.string(), ": ", error.message());
}

Results train_once(const Options& options, Images& images, int fold) {
  split(images, options, fold);
  say(images);
  make_folder(options.out);
  Results results = run(options, images);
  const std::filesystem::path report = options.out / "report.html";
  std::printf("\n%s\nreport: %s%s\n", summary(options, images, results).c_str(), report.c_str(),
              std::filesystem::exists(report) ? "" : " (it is missing; --overwrite trains anew)");
  return results;
}

/// The runs that were asked for: all folds, or one.
std::vector<Options> runs(const Options& options) {
  if (options.folds == 0 || options.fold >= 0) return {options};
  std::vector<Options> all(static_cast<std::size_t>(options.folds), options);
  for (int fold = 0; fold < options.folds; ++fold) {
    Options& of_fold = all[static_cast<std::size_t>(fold)];
    of_fold.fold = fold;
    of_fold.out = options.out / ("fold-" + std::to_string(fold));
  }
  return all;
}

int cross_validate(const Options& options, Images& images) {
  for (int fold = 0; fold < options.folds; ++fold) split(images, options, fold);  // all can be made
  std::vector<Results> folds;
  for (const Options& of_fold : runs(options)) {
    std::printf("\nfold %d of 0 to %d\n", of_fold.fold, options.folds - 1);
    folds.push_back(train_once(of_fold, images, of_fold.fold));
    if (folds.back().training.interrupted) return interrupted;
  }
  const std::vector<FoldMetric> metrics = over_folds(folds);
  write_folds(options, images, metrics);
  std::printf("\n%s", to_string(metrics).c_str());
  return 0;
}

int start(const Options& options) {
  const bool training = options.evaluate.empty();
  require_device(options);
  check_augmentation(options);
  if (training) {
    check_figures_can_be_drawn();
    // Before images are read, and before any fold is trained: nothing is lost by mistake.
    make_folder(options.out);
    for (const Options& run : runs(options)) static_cast<void>(Checkpoints(run));
  }
  Images images = load(options);
  if (training && options.folds > 0 && options.fold < 0) return cross_validate(options, images);
  const int fold = std::max(options.fold, 0);
  if (training) return train_once(options, images, fold).training.interrupted ? interrupted : 0;
  split(images, options, fold);
  say(images);
  const Results results = evaluate_saved(options, images);
  std::printf("\n%s", summary(options, images, results).c_str());
  return 0;
}

}  // namespace
}  // namespace fracture

int main(int argc, char** argv) {
  fracture::Options options;
  if (const auto ended = fracture::parse(argc, argv, options)) return *ended;
  if (options.threads == 0) {
    options.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  osteon::cpu::set_num_threads(options.threads);
  osteon::cpu::set_winograd(options.winograd);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // keeps its place among the progress lines
  try {
    return fracture::start(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fracture_train: %s\n", error.what());
    return 1;
  }
}
