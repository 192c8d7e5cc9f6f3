#include "options.hpp"

#include <osteon/core/error.hpp>

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace fracture {
namespace {

using osteon::concat;

/// Finite, and as `fits` says; `what` follows "must be". CLI11's own take nan and inf.
CLI::Validator number(const char* what, bool (*fits)(double)) {
  return {[=](const std::string& text) {
            char* end = nullptr;
            const double value = std::strtod(text.c_str(), &end);
            const bool good = end != text.c_str() && *end == '\0' && std::isfinite(value);
            return good && fits(value) ? std::string() : concat("must be ", what, ", not ", text);
          },
          ""};
}
CLI::Validator positive() {
  return number("a number above 0", [](double x) { return x > 0; });
}
CLI::Validator not_negative() {
  return number("a number of at least 0", [](double x) { return x >= 0; });
}

/// Options of one type are added in one place: each line below is then little to compile.
using Names = std::vector<std::string>;
void add_choice(CLI::App& app, const char* name, std::string& value, const char* what,
                const Names& names) {
  app.add_option(name, value, what)->check(CLI::IsMember(names));
}
CLI::Option* add_number(CLI::App& app, const char* name, double& value, const char* what,
                        const CLI::Validator& check) {
  return app.add_option(name, value, what)->check(check);
}
/// Below 0 until it is given.
void add_amount(CLI::App& app, const char* name, double& value, const char* what) {
  add_number(app, name, value, what, not_negative())->default_str("");
}
CLI::Option* add_count(CLI::App& app, const char* name, int& value, const char* what,
                       const CLI::Validator& check = positive()) {
  return app.add_option(name, value, what)->check(check);
}
void add_path(CLI::App& app, const char* name, std::filesystem::path& value, const char* what) {
  app.add_option(name, value, what);
}

void add_data(CLI::App& app, Options& o) {
  add_path(app, "--data", o.data, "Folder of images: DIR/{train,val,test}/CLASS/* or DIR/CLASS/*");
  app.add_option("--image-size", o.image_size, "Images become squares of this size")
      ->check(CLI::IsMember(image_sizes));
  app.add_option("--positive", o.positive,
                 "The class to find, whose share found is the sensitivity; without: \"fractured\", "
                 "or else the first");
  add_choice(app, "--split", o.split,
             "notebook: 80/20 of train/, stratified, scored on the 20 %; published (or "
             "folders): train/, val/ and test/ as they are; stratified: all files anew, by "
             "chance; grouped: all files anew, one copy of each, so that the parts share no "
             "source",
             {"notebook", "published", "folders", "stratified", "grouped"});
  const auto share = number("from 0.01 to 0.9", [](double x) { return x >= 0.01 && x <= 0.9; });
  add_number(app, "--val", o.val, "Share to validate on (stratified, grouped)", share);
  add_number(app, "--test", o.test, "Share to test on (stratified, grouped)", share);
  auto* folds = app.add_option("--folds", o.folds,
                               "Cross-validation (stratified, grouped): so many runs, each tested "
                               "on another part");
  app.add_option("--fold", o.fold, "Only this fold, from 0; without: all, each in OUT/fold-I")
      ->needs(folds)
      ->check(not_negative())
      ->default_str("");
  add_choice(app, "--truncated", o.truncated, "Images whose file is cut short", {"use", "skip"});
  app.add_option("--limit", o.limit, "Use at most so many images, in proportion; 0: all")
      ->check(not_negative());
}

void add_training(CLI::App& app, Options& o) {
  app.add_option("--weights", o.weights,
                 "Start from these pretrained weights (.safetensors, torchvision's names); what "
                 "does not fit keeps its initial values, folded batch normalisation is measured "
                 "again");
  add_count(app, "--epochs", o.epochs, "At most so many passes over the training images");
  add_count(app, "--patience", o.patience, "Stop after so many epochs without improvement");
  add_choice(app, "--monitor", o.monitor,
             "What improvement is measured by, on the validation images", {"accuracy", "loss"});
  app.add_option("--batch", o.batch, "Images per step")->check(positive());
  add_number(app, "--lr", o.learning_rate, "Learning rate", positive());
  add_choice(app, "--schedule", o.schedule, "The learning rate over --epochs",
             {"constant", "cosine", "one-cycle"});
  add_choice(app, "--optimizer", o.optimizer, "", {"adam", "adamw", "sgd"});
  app.add_flag("--winograd,!--no-winograd", o.winograd,
               "Convolutions by Winograd's form where it is faster, or all summed directly");
  add_amount(app, "--weight-decay", o.weight_decay, "Without: 0.01 for adamw, otherwise 0");
  add_number(app, "--label-smoothing", o.label_smoothing, "",
             number("from 0 to 0.99", [](double x) { return x >= 0 && x <= 0.99; }));
  add_choice(app, "--balance", o.balance,
             "sources: each class, and in it each group of related images, is seen as often "
             "as the others",
             {"none", "sources"});
}

void add_augmentation(CLI::App& app, Options& o) {
  add_choice(app, "--augment", o.augment, "How far training images are changed",
             {"none", "light", "strong"});
  add_amount(app, "--flip", o.flip, "Probability of a mirror image, instead of --augment's");
  add_amount(app, "--degrees", o.degrees, "Rotation up to so many degrees");
  add_amount(app, "--translate", o.translate, "Shift up to this share of the size");
  add_amount(app, "--scale", o.scale, "Size changed by up to this share");
  add_amount(app, "--brightness", o.brightness, "Brightness changed by up to this share");
  add_amount(app, "--contrast", o.contrast, "Contrast changed by up to this share");
  add_amount(app, "--noise", o.noise, "Noise up to this share of the range of values");
  app.add_flag("--test-time-flips", o.test_time_flips,
               "Score images by the mean of their logits and their mirror images'");
}

void add_pruning(CLI::App& app, Options& o) {
  app.add_option("--sparsity", o.sparsity,
                 "Share of the prunable weights to remove, at least 0 and below 1");
  add_count(app, "--prune-iterations", o.prune_iterations, "SynFlow's iterations");
  add_choice(app, "--pruner", o.pruner, "", {"synflow", "magnitude", "none"});
}

/// What no single option can say of itself.
void check(const Options& o) {
  if (!(o.sparsity >= 0 && o.sparsity < 1)) {
    throw CLI::ValidationError("--sparsity",
                               "must be at least 0 and below 1; 0.95 removes 95 % of the prunable "
                               "weights");
  }
  const bool anew = o.split == "stratified" || o.split == "grouped";
  if (o.folds != 0 && !anew) {
    throw CLI::ValidationError("--folds", "needs --split grouped or --split stratified");
  }
  if (o.folds != 0 && o.folds < 2) {
    throw CLI::ValidationError("--folds", "a cross-validation needs at least 2 folds");
  }
  if (o.folds != 0 && o.fold >= o.folds) {
    throw CLI::ValidationError("--fold", "there is no fold " + std::to_string(o.fold) + " of " +
                                             std::to_string(o.folds) + "; they count from 0");
  }
  if (o.folds == 0 && o.val + o.test >= 0.95) {
    throw CLI::ValidationError("--val and --test", "leave nothing to train on");
  }
}

/// As a shell reads it back.
std::string shell_word(const std::string& word) {
  const bool plain = word.find_first_not_of(
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                         "%+,-./:=@_") == std::string::npos;
  if (plain && !word.empty()) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + '\'';
}

}  // namespace

std::string cli11_version() { return CLI11_VERSION; }

bool parse(int argc, char** argv, Options& o, int& status) {
  CLI::App app{
      "Trains a ResNet-18 on radiographs, fractured or not: prunes it with SynFlow before "
      "training, keeps the mask through training, and evaluates what is left.\n"
      "Without --data it draws synthetic radiographs (64 px, 12 epochs: about five minutes on two "
      "cores)."};
  app.option_defaults()->always_capture_default()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);  // as shells and makefiles expect
  add_data(app, o);
  add_path(app, "--out", o.out, "Folder for the results");
  auto* resume = app.add_flag("--resume", o.resume,
                              "Go on with the unfinished run in --out: it ends as one left alone");
  app.add_flag("--overwrite", o.overwrite, "Replace the run in --out")->excludes(resume);
  add_number(
      app, "--checkpoint-seconds", o.checkpoint_seconds,
      "Save a checkpoint after so many seconds within an epoch; 0: after every batch. One is "
      "also saved after each epoch that ends 10 seconds or more after the last",
      not_negative());
  add_path(app, "--evaluate", o.evaluate,
           "Score this saved model (.safetensors) on the data instead of training");
  add_training(app, o);
  add_augmentation(app, o);
  add_pruning(app, o);
  app.add_option("--seed", o.seed, "Everything random follows from it");
  add_choice(app, "--device", o.device,
             "What the network computes on; cuda: the first GPU, or an error", {"cpu", "cuda"});
  add_choice(
      app, "--precision", o.precision,
      "On a GPU. tf32: factors of products are rounded to 11 bits; bf16: activations are, to "
      "8; weights and sums stay fp32",
      {"fp32", "tf32", "bf16"});
  add_count(app, "--threads", o.threads, "Threads; 0: one per processor", not_negative());
  app.set_version_flag("--version", std::string("fracture_train ") + program_version);

  try {
    app.parse(argc, argv);
    // The synthetic set is drawn at 64 px and comes in parts; 12 epochs of it are enough.
    if (o.data.empty()) {
      if (app.count("--epochs") == 0) o.epochs = 12;
      if (app.count("--image-size") == 0) o.image_size = 64;
      if (app.count("--split") == 0) o.split = "published";
    }
    if (o.split == "folders") o.split = "published";
    check(o);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : 2;
    return false;
  }
  for (int i = 0; i < argc; ++i) {
    // To be done again from the beginning.
    if (std::string_view(argv[i]) == "--resume") continue;
    o.command += (i > 0 ? " " : "") + shell_word(argv[i]);
  }
  return true;
}

}  // namespace fracture
