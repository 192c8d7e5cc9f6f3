#include "options.hpp"

#include <osteon/cli/command_line.hpp>

namespace fracture {

std::optional<int> parse(int argc, char** argv, PredictRequest& r) {
  osteon::cli::CommandLine line(
      "Tells for each radiograph how probable a fracture is, with a model that fracture_train "
      "saved. No medical device: its figures hold for images like those it was validated on.\n"
      "The exit status is 1 if an image could not be read whole; the others are answered.");
  line.add("model", r.model, "The saved model (.safetensors)").required();
  line.add("images", r.inputs,
           "Image files, folders of them, or - for a list of files on standard input, one a "
           "line")
      .required();
  line.add("--operating-point", r.operating_point,
           "When to call it positive: sensitivity or specificity (thresholds that were chosen "
           "on validation images and stand in the model file), or a threshold in [0, 1]");
  line.add("--positive", r.positive, "The positive class, where the model file does not name one");
  const auto explain =
      line.add("--explain", r.explain,
               "Folder for pictures of what speaks for the positive class (Grad-CAM), one for "
               "each image");
  line.add("--layer", r.layer,
           "Where Grad-CAM looks, such as layer3: finer than the last stage, and less sure")
      .needs(explain);
  line.flag("--json", r.json, "JSON instead of a table");
  line.add("--threads", r.threads, "Threads; 0: one per processor")
      .check(osteon::cli::not_negative());
  line.version("fracture_predict 0.1.0");
  return line.parse(argc, argv);
}

}  // namespace fracture
