#include "options.hpp"

#include <CLI/CLI.hpp>

namespace fracture {

bool parse(int argc, char** argv, Options& o, int& status) {
  CLI::App app{
      "Trains a ResNet-18 on radiographs, fractured or not: prunes it with SynFlow before "
      "training, keeps the mask through training, and evaluates what is left.\n"
      "Without --data it draws synthetic radiographs (64 px, 12 epochs: about five minutes on two "
      "cores)."};
  app.option_defaults()->always_capture_default();
  auto* data = app.add_option("--data", o.data,
                              "Folder of images: DIR/{train,val,test}/CLASS/* or DIR/CLASS/*");
  app.add_option("--out", o.out, "Folder for the results");
  app.add_option("--evaluate", o.evaluate,
                 "Score this saved model (.safetensors) on the data instead of training");
  app.add_option("--weights", o.weights,
                 "Start from these pretrained weights (.safetensors, torchvision's names); what "
                 "does not fit keeps its initial values, folded batch normalisation is measured "
                 "again");
  auto* size = app.add_option("--image-size", o.image_size, "Images become squares of this size")
                   ->check(CLI::IsMember(image_sizes));
  auto* epochs =
      app.add_option("--epochs", o.epochs, "At most so many passes over the training images")
          ->check(CLI::PositiveNumber);
  app.add_option("--patience", o.patience, "Stop after so many epochs without improvement")
      ->check(CLI::PositiveNumber);
  app.add_option("--monitor", o.monitor,
                 "What improvement is measured by, on the validation images")
      ->check(CLI::IsMember({"accuracy", "loss"}));
  app.add_option("--batch", o.batch, "Images per step")->check(CLI::PositiveNumber);
  app.add_option("--lr", o.learning_rate, "Learning rate")->check(CLI::PositiveNumber);
  app.add_option("--optimizer", o.optimizer)->check(CLI::IsMember({"adam", "adamw", "sgd"}));
  app.add_option("--weight-decay", o.weight_decay, "Default: 1e-2 for adamw, 0 for the others")
      ->check(CLI::NonNegativeNumber)
      ->default_str("");
  app.add_option("--schedule", o.schedule, "Of the learning rate, over all epochs")
      ->check(CLI::IsMember({"constant", "cosine", "one-cycle"}));
  app.add_option("--label-smoothing", o.label_smoothing, "Share that goes to all classes alike")
      ->check(CLI::Range(0.0, 0.9));
  app.add_option("--augment", o.augment,
                 "Changed copies of the training images: light (mirror, 10 degrees, 5 % shift and "
                 "scale), strong (30 degrees, 10 %, 20 %, brightness, contrast, noise)")
      ->check(CLI::IsMember({"none", "light", "strong"}));
  app.add_flag("--winograd,!--no-winograd", o.winograd,
               "Winograd's form where it is faster; without: direct sums");
  app.add_option("--sparsity", o.sparsity,
                 "Share of the prunable weights to remove, at least 0 and below 1");
  app.add_option("--prune-iterations", o.prune_iterations, "SynFlow's iterations")
      ->check(CLI::PositiveNumber);
  app.add_option("--pruner", o.pruner)->check(CLI::IsMember({"synflow", "magnitude", "none"}));
  auto* split =
      app.add_option("--split", o.split,
                     "notebook: 80/20 of train/, stratified, scored on the 20 %; folders: the "
                     "published train/, val/ and test/; grouped: 70/15/15 of all files without "
                     "copies, everything of one source on one side")
          ->check(CLI::IsMember({"notebook", "folders", "grouped"}));
  auto* folds = app.add_option("--folds", o.folds,
                               "With --split grouped: test on one of so many folds instead")
                    ->check(CLI::Range(2, 100));
  app.add_option("--fold", o.fold, "Which one, from 0")->needs(folds)->check(CLI::Range(0, 99));
  app.add_option("--positive", o.positive, "The class that is looked for; default: the first");
  app.add_option("--truncated", o.truncated, "Images whose file is cut short")
      ->check(CLI::IsMember({"use", "skip"}));
  app.add_option("--seed", o.seed, "Everything random follows from it");
  app.add_option("--threads", o.threads, "Threads; 0: one per processor")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--limit", o.limit, "Use at most so many images, in proportion; 0: all")
      ->check(CLI::NonNegativeNumber);
  app.set_version_flag("--version", std::string("fracture_train 0.1.0"));

  try {
    app.parse(argc, argv);
    if (!(o.sparsity >= 0 && o.sparsity < 1)) {
      throw CLI::ValidationError("--sparsity",
                                 "must be at least 0 and below 1; 0.95 removes 95 % of "
                                 "the prunable weights");
    }
    if (o.folds > 0 && o.split != "grouped") {
      throw CLI::ValidationError("--folds", "needs --split grouped");
    }
    if (o.folds > 0 && o.fold >= o.folds) {
      throw CLI::ValidationError("--fold", "must be below --folds");
    }
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : 2;
    return false;
  }
  // The synthetic set is drawn at 64 px and comes in parts; 12 epochs of it are enough.
  if (data->empty() && epochs->empty()) o.epochs = 12;
  if (data->empty() && size->empty()) o.image_size = 64;
  if (data->empty() && split->empty()) o.split = "folders";
  for (int i = 0; i < argc; ++i) o.command += (i > 0 ? " " : "") + std::string(argv[i]);
  return true;
}

}  // namespace fracture
