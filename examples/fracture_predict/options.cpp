#include "options.hpp"

#include <CLI/CLI.hpp>

namespace fracture {

bool parse(int argc, char** argv, PredictRequest& r, int& status) {
  CLI::App app{
      "Tells for each radiograph how probable a fracture is, with a model that fracture_train "
      "saved. No medical device: its figures hold for images like those it was validated on.\n"
      "The exit status is 1 if an image could not be read whole; the others are answered."};
  app.option_defaults()->always_capture_default();
  app.add_option("model", r.model, "The saved model (.safetensors)")->required();
  app.add_option("images", r.inputs,
                 "Image files, folders of them, or - for a list of files on standard input, one a "
                 "line")
      ->required();
  app.add_option(
      "--operating-point", r.operating_point,
      "When to call it positive: sensitivity or specificity (thresholds that were chosen "
      "on validation images and stand in the model file), or a threshold in [0, 1]");
  app.add_option("--positive", r.positive,
                 "The positive class, where the model file does not name one");
  auto* explain = app.add_option(
      "--explain", r.explain,
      "Folder for pictures of what speaks for the positive class (Grad-CAM), one for "
      "each image");
  app.add_option("--layer", r.layer,
                 "Where Grad-CAM looks, such as layer3: finer than the last stage, and less sure")
      ->needs(explain);
  app.add_flag("--json", r.json, "JSON instead of a table");
  app.add_option("--threads", r.threads, "Threads; 0: one per processor")
      ->check(CLI::NonNegativeNumber);
  app.set_version_flag("--version", std::string("fracture_predict 0.1.0"));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : 2;
    return false;
  }
  return true;
}

}  // namespace fracture
