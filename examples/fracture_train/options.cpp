#include "options.hpp"

#include <osteon/cli/command_line.hpp>
#include <osteon/core/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace fracture {
namespace {

using osteon::cli::between;
using osteon::cli::CommandLine;
using osteon::cli::not_negative;
using osteon::cli::positive;

/// Below 0 until it is given.
void add_amount(CommandLine& line, const char* name, double& value, const char* what) {
  line.add(name, value, what).check(not_negative()).hide_default();
}

void add_data(CommandLine& line, Options& o) {
  line.add("--data", o.data, "Folder of images: DIR/{train,val,test}/CLASS/* or DIR/CLASS/*");
  std::vector<std::string> sizes;
  for (const int size : image_sizes) sizes.push_back(std::to_string(size));
  line.add("--image-size", o.image_size, "Images become squares of this size").choices(sizes);
  line.add("--positive", o.positive,
           "The class to find, whose share found is the sensitivity; without: \"fractured\", "
           "or else the first");
  line.add("--split", o.split,
           "notebook: 80/20 of train/, stratified, scored on the 20 %; published (or "
           "folders): train/, val/ and test/ as they are; stratified: all files anew, by "
           "chance; grouped: all files anew, one copy of each, so that the parts share no "
           "source")
      .choices({"notebook", "published", "folders", "stratified", "grouped"});
  const auto share = between(0.01, 0.9);
  line.add("--val", o.val, "Share to validate on (stratified, grouped)").check(share);
  line.add("--test", o.test, "Share to test on (stratified, grouped)").check(share);
  const auto folds = line.add("--folds", o.folds,
                              "Cross-validation (stratified, grouped): so many runs, each tested "
                              "on another part");
  line.add("--fold", o.fold, "Only this fold, from 0; without: all, each in OUT/fold-I")
      .needs(folds)
      .check(not_negative())
      .hide_default();
  line.add("--truncated", o.truncated, "Images whose file is cut short").choices({"use", "skip"});
  line.add("--limit", o.limit, "Use at most so many images, in proportion; 0: all")
      .check(not_negative());
}

void add_training(CommandLine& line, Options& o) {
  line.add("--weights", o.weights,
           "Start from these pretrained weights (.safetensors, torchvision's names); what "
           "does not fit keeps its initial values, folded batch normalisation is measured "
           "again");
  line.add("--epochs", o.epochs, "At most so many passes over the training images")
      .check(positive());
  line.add("--patience", o.patience, "Stop after so many epochs without improvement")
      .check(positive());
  line.add("--monitor", o.monitor, "What improvement is measured by, on the validation images")
      .choices({"accuracy", "loss"});
  line.add("--batch", o.batch, "Images per step").check(positive());
  line.add("--lr", o.learning_rate, "Learning rate").check(positive());
  line.add("--schedule", o.schedule, "The learning rate over --epochs")
      .choices({"constant", "cosine", "one-cycle"});
  line.add("--optimizer", o.optimizer, "").choices({"adam", "adamw", "sgd"});
  line.flag("--winograd,!--no-winograd", o.winograd,
            "Convolutions by Winograd's form where it is faster, or all summed directly");
  add_amount(line, "--weight-decay", o.weight_decay, "Without: 0.01 for adamw, otherwise 0");
  line.add("--label-smoothing", o.label_smoothing, "").check(between(0, 0.99));
  line.add("--balance", o.balance,
           "sources: each class, and in it each group of related images, is seen as often "
           "as the others")
      .choices({"none", "sources"});
}

void add_augmentation(CommandLine& line, Options& o) {
  line.add("--augment", o.augment, "How far training images are changed")
      .choices({"none", "light", "strong"});
  add_amount(line, "--flip", o.flip, "Probability of a mirror image, instead of --augment's");
  add_amount(line, "--degrees", o.degrees, "Rotation up to so many degrees");
  add_amount(line, "--translate", o.translate, "Shift up to this share of the size");
  add_amount(line, "--scale", o.scale, "Size changed by up to this share");
  add_amount(line, "--brightness", o.brightness, "Brightness changed by up to this share");
  add_amount(line, "--contrast", o.contrast, "Contrast changed by up to this share");
  add_amount(line, "--noise", o.noise, "Noise up to this share of the range of values");
  line.flag("--test-time-flips", o.test_time_flips,
            "Score images by the mean of their logits and their mirror images'");
}

void add_pruning(CommandLine& line, Options& o) {
  line.add("--sparsity", o.sparsity,
           "Share of the prunable weights to remove, at least 0 and below 1");
  line.add("--prune-iterations", o.prune_iterations, "SynFlow's iterations").check(positive());
  line.add("--pruner", o.pruner, "").choices({"synflow", "magnitude", "none"});
}

/// What no single option can say of itself.
void check(const Options& o) {
  if (!(o.sparsity >= 0 && o.sparsity < 1)) {
    osteon::cli::reject("--sparsity",
                        "must be at least 0 and below 1; 0.95 removes 95 % of the prunable "
                        "weights");
  }
  const bool anew = o.split == "stratified" || o.split == "grouped";
  if (o.folds != 0 && !anew) {
    osteon::cli::reject("--folds", "needs --split grouped or --split stratified");
  }
  if (o.folds != 0 && o.folds < 2) {
    osteon::cli::reject("--folds", "a cross-validation needs at least 2 folds");
  }
  if (o.folds != 0 && o.fold >= o.folds) {
    osteon::cli::reject("--fold", osteon::concat("there is no fold ", o.fold, " of ", o.folds,
                                                 "; they count from 0"));
  }
  if (o.folds == 0 && o.val + o.test >= 0.95) {
    osteon::cli::reject("--val and --test", "leave nothing to train on");
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

std::optional<int> parse(int argc, char** argv, Options& o) {
  CommandLine line(
      "Trains a ResNet-18 on radiographs, fractured or not: prunes it with SynFlow before "
      "training, keeps the mask through training, and evaluates what is left.\n"
      "Without --data it draws synthetic radiographs (64 px, 12 epochs: about five minutes on two "
      "cores).");
  add_data(line, o);
  line.add("--out", o.out, "Folder for the results");
  const auto resume = line.flag(
      "--resume", o.resume, "Go on with the unfinished run in --out: it ends as one left alone");
  line.flag("--overwrite", o.overwrite, "Replace the run in --out").excludes(resume);
  line.add("--checkpoint-seconds", o.checkpoint_seconds,
           "Save a checkpoint after so many seconds within an epoch; 0: after every batch. One is "
           "also saved after each epoch that ends 10 seconds or more after the last")
      .check(not_negative());
  line.add("--evaluate", o.evaluate,
           "Score this saved model (.safetensors) on the data instead of training");
  add_training(line, o);
  add_augmentation(line, o);
  add_pruning(line, o);
  line.add("--seed", o.seed, "Everything random follows from it");
  line.add("--device", o.device, "What the network computes on; cuda: the first GPU, or an error")
      .choices({"cpu", "cuda"});
  line.add("--precision", o.precision,
           "On a GPU. tf32: factors of products are rounded to 11 bits; bf16: activations are, to "
           "8; weights and sums stay fp32")
      .choices({"fp32", "tf32", "bf16"});
  line.add("--threads", o.threads, "Threads; 0: one per processor").check(not_negative());
  line.version(std::string("fracture_train ") + program_version);

  const auto ended = line.parse(argc, argv, [&] {
    // The synthetic set is drawn at 64 px and comes in parts; 12 epochs of it are enough.
    if (o.data.empty()) {
      if (!line.given("--epochs")) o.epochs = 12;
      if (!line.given("--image-size")) o.image_size = 64;
      if (!line.given("--split")) o.split = "published";
    }
    if (o.split == "folders") o.split = "published";
    check(o);
  });
  if (ended) return ended;
  for (int i = 0; i < argc; ++i) {
    // To be done again from the beginning.
    if (std::string_view(argv[i]) == "--resume") continue;
    if (i > 0) o.command += ' ';
    o.command += shell_word(argv[i]);
  }
  return std::nullopt;
}

}  // namespace fracture
