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
  auto* resume = app.add_flag("--resume", o.resume,
                              "Go on with the unfinished run in --out: it ends as one left alone");
  app.add_flag("--overwrite", o.overwrite, "Replace an unfinished run in --out")->excludes(resume);
  app.add_option("--checkpoint-seconds", o.checkpoint_seconds,
                 "Save a checkpoint after so many seconds within an epoch; 0: after every batch. "
                 "One is also saved after each epoch")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--evaluate", o.evaluate,
                 "Score this saved model (.safetensors) on the data instead of training");
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
  app.add_option("--sparsity", o.sparsity,
                 "Share of the prunable weights to remove, at least 0 and below 1");
  app.add_option("--prune-iterations", o.prune_iterations, "SynFlow's iterations")
      ->check(CLI::PositiveNumber);
  app.add_option("--pruner", o.pruner)->check(CLI::IsMember({"synflow", "magnitude", "none"}));
  auto* split =
      app.add_option("--split", o.split,
                     "notebook: 80/20 of train/, stratified, scored on the 20 %; folders: the "
                     "published train/, val/ and test/")
          ->check(CLI::IsMember({"notebook", "folders"}));
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
