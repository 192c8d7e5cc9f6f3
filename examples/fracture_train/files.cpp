// What the program reads and writes beside images. One source for all of it: to compile JSON costs
// more than the rest.
#include <osteon/data/dataset.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/gnuplot.hpp>
#include <osteon/io/json.hpp>
#include <osteon/io/load_weights.hpp>
#include <osteon/io/model_file.hpp>
#include <osteon/io/sha256.hpp>
#include <osteon/train/checkpoint_file.hpp>

#include "checkpoints.hpp"
#include "figures.hpp"
#include "metrics_json.hpp"
#include "page.hpp"
#include "page_facts.hpp"
#include "report.hpp"
#include "results.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fracture {
namespace {

using namespace osteon;
namespace fs = std::filesystem;

/// What a resumed run may change: with a constant rate more epochs continue a run as if they had
/// been asked for at once; threads change no result; devices differ by rounding; images are
/// compared by content.
const std::set<std::string> free_options{"data", "device", "epochs", "threads"};

fs::path unfinished_path(const Options& options) { return options.out / "checkpoint.safetensors"; }
fs::path finished_path(const Options& options) { return options.out / "finished.safetensors"; }

const std::string& metadata(const io::SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  require(found != file.metadata().end(), file.where(), " is no checkpoint of fracture_train: its ",
          "metadata lack \"", key, '"');
  return found->second;
}

/// The images as the network sees them, and what each is used for.
std::string digest_of(const Images& images, int threads) {
  std::string text = io::to_hex(data::digest(images.dataset, threads));
  for (const auto* part : {&images.train, &images.val, &images.test}) {
    text += '\n';
    for (const std::size_t i : *part) text += concat(i, ' ');
  }
  return io::to_hex(io::sha256(text));
}

}  // namespace

void check_figures_can_be_drawn() { io::check_gnuplot(); }

void save(const std::filesystem::path& path, Network& network, const io::Metadata& metadata) {
  const io::ModelState<float> state = network.state();
  io::save_state<float>(
      path, {state.layers, state.parameters, state.buffers, state.batches_tracked}, metadata);
}

io::Metadata load(const std::filesystem::path& path, Network& network) {
  auto state = network.state();
  auto metadata = io::load_state(path, state);
  network.take(state);
  return metadata;
}

io::WeightReport load_weights(const std::filesystem::path& path, Network& network) {
  auto state = network.state();
  auto report = io::load_weights(path, state);
  network.take(state);
  return report;
}

prune::Report count(Network& network) {
  const auto state = network.state();
  return prune::report<float>(state.layers, state.parameters);
}

void write(const Options& options, const Images& images, const Results& results,
           const std::string& text) {
  draw_figures(options, images, results);
  io::write_file(options.out / "report.txt",
                 concat(options.command, "\n\n", pretrained_text(options, results), text));
  io::write_json(options.out / "metrics.json", metrics_json(options, images, results));
  io::write_file(options.out / "report.html", to_html(page_of(options, images, results)));
}

void write_folds(const Options& options, const Images& images,
                 std::span<const FoldMetric> metrics) {
  const std::string digest = io::to_hex(data::digest(images.dataset, options.threads));
  io::write_json(options.out / "summary.json", folds_json(options, images, digest, metrics));
  std::vector<FoldFigure> figures;
  for (const FoldMetric& m : metrics) figures.push_back({m.name, m.values, m.mean, m.deviation});
  std::vector<Fact> facts{{"images and labels (SHA-256)", digest}};
  for (Fact& fact : program_facts(options)) facts.push_back(std::move(fact));
  io::write_file(options.out / "report.html",
                 to_html({.source = detail::short_source(options, images),
                          .split = options.split,
                          .audit = options.data.empty() ? std::vector<Figure>{}
                                                        : detail::audit_figures(images),
                          .figures = std::move(figures),
                          .command = options.command,
                          .facts = std::move(facts)}));
}

Checkpoints::Checkpoints(const Options& options) : options_(options) {
  const fs::path path = unfinished_path(options);
  const bool unfinished = fs::exists(path) || fs::exists(io::previous_checkpoint(path));
  const bool has_state = unfinished || fs::exists(finished_path(options));
  const bool has_model = fs::exists(options.out / final_model);
  if (!options.resume) {
    constexpr const char* what_to_do = "replace it: --overwrite; or choose another folder: --out";
    require(!unfinished || options.overwrite, options.out.string(), " holds an unfinished run (",
            path.filename().string(), "); go on with it: --resume; ", what_to_do);
    require(!(has_state || has_model) || options.overwrite, options.out.string(),
            " holds a finished run; ", what_to_do);
    replaces_ = has_state;
    return;
  }
  require(has_state || !has_model, options.out.string(),
          " holds a model, but no checkpoint to go on from; train anew with --overwrite instead of "
          "--resume, or choose another folder: --out");
  const auto warn = [](const std::string& text) {
    std::fprintf(stderr, "fracture_train: warning: %s\n", text.c_str());
  };
  try {
    if (auto file = io::read_latest_checkpoint(unfinished ? path : finished_path(options), warn))
      file_ = std::make_shared<const io::SafetensorsFile>(std::move(*file));
  } catch (const Error& error) {
    fail(error.what(), "; start anew with --overwrite instead of --resume");
  }
  if (!file_) return;
  check_options();
  pruning_seconds = std::strtod(metadata(*file_, "pruning_seconds").c_str(), nullptr);
  finished_ = !unfinished && options.epochs <= std::atoi(metadata(*file_, "epochs").c_str());
  continues_ = !unfinished && !finished_;
  require(!finished_ || has_model, "the run in ", options.out.string(), " is finished, but its ",
          final_model, " is missing; put it back or start anew with --overwrite");
}

void Checkpoints::say() const {
  if (!options_.resume) return;
  const std::string out = options_.out.string();
  if (finished_) {
    std::printf("the run in %s is finished; nothing is left to do\n", out.c_str());
  } else if (!file_) {
    std::printf("no checkpoint in %s: starting from the beginning\n", out.c_str());
  } else if (continues_) {
    std::printf(
        "the run in %s was finished, and its test images have been scored: after more "
        "epochs they are no longer unseen\n",
        out.c_str());
  }
}

void Checkpoints::check_options() const {
  const io::Json now = options_json(options_);
  const io::Json then = io::parse_json(metadata(*file_, "options"), file_->where());
  std::set<std::string> keys;
  for (const io::Json* options : {&now, &then})
    for (const auto& [key, value] : options->items()) keys.insert(key);
  const auto is_free = [&](const std::string& key) {
    return free_options.count(key) > 0 && (key != "epochs" || options_.schedule == "constant");
  };
  std::string differences;
  for (std::string key : keys) {
    const auto text = [&](const io::Json& options) {
      const bool given = options.contains(key) && !options.at(key).is_null();
      return given ? options.at(key).dump() : std::string("none");
    };
    if (is_free(key) || text(now) == text(then)) continue;
    std::string flag = key;
    std::ranges::replace(flag, '_', '-');
    differences += concat(differences.empty() ? "" : ", ", "--", flag, ' ', text(then),
                          " there and ", text(now), " now");
  }
  require(differences.empty(), file_->where(), " is of a run with other options: ", differences,
          "; give the same ones, start anew with --overwrite, or choose another --out");
}

void Checkpoints::check(const Images& images) {
  data_ = digest_of(images, options_.threads);
  if (file_) {
    const std::string& source = metadata(*file_, "source");
    require(metadata(*file_, "data") == data_, file_->where(), " is of a run on other images: ",
            source == images.source
                ? concat("those of ", source, " have changed")
                : concat("those of ", source, " there and of ", images.source, " now"),
            "; give the same ones, start anew with --overwrite, or choose another --out");
  }
  source_ = images.source;
  io::remove_abandoned(options_.out);
}

train::Checkpoint Checkpoints::restore(io::TrainingState<float>& state) {
  io::restore(*file_, state);
  train::Checkpoint checkpoint = train::read_loop(*file_);
  require(checkpoint.history.empty() || fs::exists((options_.out / best_model)), file_->where(),
          " cannot be resumed: ", (options_.out / best_model).string(),
          " is missing; put it back or start anew with --overwrite");
  std::printf("resuming %s: epoch %zu after %zu batches\n", file_->where().c_str(),
              checkpoint.history.size() + 1,
              checkpoint.partial ? checkpoint.partial->batches : std::size_t{0});
  // A damaged one must not become the one before.
  const fs::path path = unfinished_path(options_);
  if (file_->where() == io::previous_checkpoint(path)) fs::rename(file_->where(), path);
  file_.reset();
  return checkpoint;
}

train::Checkpoint Checkpoints::begin(Network& network) {
  if (!resumes()) {
    save(network, {});
    return {};
  }
  auto state = network.training_state();
  auto checkpoint = restore(state);
  network.take(state);
  return checkpoint;
}

void Checkpoints::save(Network& network, const train::Checkpoint& checkpoint) {
  const fs::path path = unfinished_path(options_);
  const io::TrainingState<float> now = network.training_state();
  io::TrainingState<const float> state{
      {now.model.layers, now.model.parameters, now.model.buffers, now.model.batches_tracked},
      now.seed,
      now.mask,
      {},
      now.steps};
  for (const auto& [name, values] : now.optimizer) state.optimizer.emplace_back(name, values);
  train::write_checkpoint<float>(path, state, checkpoint,
                                 {{"options", options_json(options_).dump()},
                                  {"epochs", std::to_string(options_.epochs)},
                                  {"data", data_},
                                  {"source", source_},
                                  {"pruning_seconds", concat(pruning_seconds)}});
  // Those were another run's.
  if (std::exchange(replaces_, false)) {
    fs::remove(io::previous_checkpoint(path));
    fs::remove(finished_path(options_));
  }
}

void Checkpoints::finish() {
  const fs::path path = unfinished_path(options_);
  fs::remove(io::previous_checkpoint(path));
  fs::rename(path, finished_path(options_));
  io::remove_abandoned(options_.out);
}

}  // namespace fracture
