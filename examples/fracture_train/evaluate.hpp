// --evaluate: a saved model's scores on the split at hand.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/csv.hpp>
#include <osteon/train/decision_rule.hpp>

#include "images.hpp"
#include "network.hpp"
#include "options.hpp"
#include "results.hpp"
#include "run.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace fracture {

namespace detail {

/// The images at hand that a model was trained on, by the split.csv that its run left beside it.
/// Nothing where there is none.
[[nodiscard]] inline std::optional<std::vector<std::size_t>> trained_on(
    const std::filesystem::path& model, const Images& images) {
  const std::filesystem::path path = model.parent_path() / "split.csv";
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::string text = osteon::io::read_file(path);
  std::unordered_set<std::string_view> lines;  // without their last field, the group
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line(text.data() + begin, end - begin);
    lines.insert(line.substr(0, line.rfind(',')));
    begin = end + 1;
  }
  std::vector<std::size_t> trained;
  for (std::size_t i = 0; i < images.dataset.samples.size(); ++i) {
    const data::Sample& sample = images.dataset.samples[i];
    const std::string& label = images.classes()[static_cast<std::size_t>(sample.label)];
    const std::string line = osteon::concat(osteon::io::csv_field(sample.path), ',',
                                            osteon::io::csv_field(label), ",train");
    if (lines.contains(line)) trained.push_back(i);
  }
  return trained;
}

/// The rule that the model brings along, or nothing. Throws osteon::Error if it is for another
/// positive class than the one asked for.
[[nodiscard]] inline std::optional<DecisionRule> own_rule(const io::Metadata& about,
                                                          const Options& options,
                                                          const Images& images) {
  const std::string where = options.evaluate.string();
  const train::DecisionRule stored = train::read_decision_rule(about, where);
  if (!stored.sensitivity || !stored.specificity) return std::nullopt;
  const std::string& asked = images.classes()[images.positive];
  osteon::require(stored.positive_class.empty() || stored.positive_class == asked, where,
                  ": its operating points were chosen for the positive class \"",
                  stored.positive_class, "\", not for \"", asked, "\"; give --positive ",
                  stored.positive_class);
  DecisionRule rule;
  rule.positive = images.positive;
  rule.temperature.value = stored.temperature;
  rule.sensitivity = *stored.sensitivity;
  rule.specificity = *stored.specificity;
  return rule;
}

}  // namespace detail

/// The scores of the saved model options.evaluate on the split at hand, with its own thresholds,
/// temperature and mirror images where its file tells them; writes nothing. Warns of images that
/// the model was trained on, or whose relatives it was.
inline Results evaluate_saved(Options options, const Images& images) {
  const auto network = make_network(options, 0);
  const io::Metadata about = load(options.evaluate, *network);
  if (const auto found = about.find("test_time_flips"); found != about.end())
    options.test_time_flips = options.test_time_flips || found->second == "yes";

  Results results;
  results.pruning = count(*network);
  results.file_bytes = std::filesystem::file_size(options.evaluate);
  const auto trained = detail::trained_on(options.evaluate, images);
  const std::set<std::size_t> groups = groups_of(images, trained ? *trained : images.train);
  auto val = detail::answers(options, images, images.val, *network);
  const auto own = detail::own_rule(about, options, images);
  results.rule = own ? *own : choose_rule(val, images.positive);
  results.val = detail::scored(std::move(val), results.rule, options, images, images.val, groups);
  std::size_t seen = images.val.size() - results.val->unrelated.images();
  if (!images.test.empty()) {
    results.test = detail::scored(detail::answers(options, images, images.test, *network),
                                  results.rule, options, images, images.test, groups);
    seen += images.test.size() - results.test->unrelated.images();
  }

  const std::string model = options.evaluate.string();
  if (own) std::printf("thresholds and temperature are those of %s\n", model.c_str());
  if (!trained) {
    std::printf(
        "warning: no split.csv lies beside %s: whether it was trained on these images is "
        "not known\n",
        model.c_str());
  } else if (seen > 0) {
    std::printf(
        "warning: %s was trained on %zu of the %zu images that are scored here, or on "
        "relatives of them: their scores measure memory\n",
        model.c_str(), seen, images.val.size() + images.test.size());
  }
  return results;
}

}  // namespace fracture
