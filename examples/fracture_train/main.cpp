// fracture_train: from a folder of radiographs to a pruned, trained, evaluated classifier.
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/winograd_switch.hpp>

#include "images.hpp"
#include "options.hpp"
#include "recipe.hpp"
#include "report.hpp"
#include "run.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

namespace fracture {
namespace {

constexpr int interrupted = 130;  // as a shell reports Ctrl-C

void say(const Images& images) {
  std::printf("images: %zu to train on, %zu to validate, %zu to test\n", images.train.size(),
              images.val.size(), images.test.size());
}

Results train_once(const Options& options, Images& images, int fold) {
  split(images, options, fold);
  say(images);
  Results results = run(options, images);
  std::printf("\n%s\nreport: %s\n", summary(options, images, results).c_str(),
              (options.out / "report.html").c_str());
  return results;
}

int cross_validate(const Options& options, Images& images) {
  for (int fold = 0; fold < options.folds; ++fold) split(images, options, fold);  // all can be made
  std::vector<Results> folds;
  for (int fold = 0; fold < options.folds; ++fold) {
    std::printf("\nfold %d of 0 to %d\n", fold, options.folds - 1);
    Options of_fold = options;
    of_fold.fold = fold;
    of_fold.out = options.out / ("fold-" + std::to_string(fold));
    folds.push_back(train_once(of_fold, images, fold));
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
  if (training) check_figures_can_be_drawn();
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
  int status = 0;
  if (!fracture::parse(argc, argv, options, status)) return status;
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
