// fracture_predict: what a saved model says of radiographs, and where it looks.
#include <osteon/core/error.hpp>
#include <osteon/cpu/parallel.hpp>

#include "answers.hpp"
#include "classifier.hpp"
#include "options.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <system_error>
#include <thread>
#include <vector>

namespace {

/// "out/0007_wrist.png": numbered, since files of different folders may share a name.
std::filesystem::path explanation_path(const std::filesystem::path& folder, std::size_t number,
                                       const std::filesystem::path& file) {
  if (folder.empty()) return {};
  std::array<char, 32> prefix{};
  std::snprintf(prefix.data(), prefix.size(), "%04zu_", number);
  return folder / (prefix.data() + file.stem().string() + ".png");
}

int run(const fracture::PredictRequest& request) {
  fracture::Classifier classifier(request.model, request.positive);
  const auto point =
      osteon::train::choose_operating_point(classifier.rule(), request.operating_point);
  const auto files = fracture::list_files(request.inputs);
  std::error_code error;
  if (!request.explain.empty()) {
    const osteon::data::Image blank(classifier.image_size(), classifier.image_size(), 3);
    (void)classifier.explain(classifier.prepare(blank), request.layer);  // is there such a layer?
    std::filesystem::create_directories(request.explain, error);
  }
  osteon::require(!error, "cannot create the folder ", request.explain.string(), ": ",
                  error.message());

  if (!request.json) std::fputs(table_head(request, classifier, point).c_str(), stdout);
  std::vector<fracture::Answer> answers;
  std::size_t bad = 0;
  for (const auto& file : files) {
    const fracture::Explanation explanation{
        explanation_path(request.explain, answers.size() + 1, file), request.layer};
    const auto& answer =
        answers.emplace_back(fracture::answer(classifier, point, file, explanation));
    if (!request.json) std::fputs(table_row(classifier, answer).c_str(), stdout);
    if (answer.problem.empty()) continue;
    ++bad;
    std::fprintf(stderr, "fracture_predict: %s: %s\n", file.c_str(), answer.problem.c_str());
  }
  if (request.json) std::fputs(to_json(request, classifier, point, answers).c_str(), stdout);
  osteon::require(std::fflush(stdout) == 0 && std::ferror(stdout) == 0,
                  "cannot write to standard output; is the disk full or the reader gone?");
  if (bad > 0)
    std::fprintf(stderr, "fracture_predict: there is a problem with %zu of %zu images\n", bad,
                 files.size());
  return bad > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  fracture::PredictRequest request;
  if (const auto ended = fracture::parse(argc, argv, request)) return *ended;
  if (request.threads == 0)
    request.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  osteon::cpu::set_num_threads(request.threads);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // keeps its place among the messages
  try {
    return run(request);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fracture_predict: %s\n", error.what());
    return 1;
  }
}
