#include "options.hpp"

#include <CLI/CLI.hpp>

namespace fracture {

bool parse(int argc, char** argv, AuditRequest& r, int& status) {
  CLI::App app{
      "Finds what a folder of images repeats: the same bytes, the same pixels, the same radiograph "
      "turned or saved again, the same source by name; across its parts and under different "
      "classes. Writes audit.json and audit.html with the pairs to look at."};
  app.option_defaults()->always_capture_default();
  app.add_option("folder", r.data, "Folder of images: DIR/{train,val,test}/CLASS/* or DIR/CLASS/*")
      ->required();
  app.add_option("--out", r.out, "Folder for the results");
  app.add_option("--similarity", r.near_repeats.similarity,
                 "Near repeats: least correlation of the edges once aligned")
      ->check(CLI::Range(0.5, 1.0));
  app.add_option("--agreement", r.near_repeats.agreement,
                 "Near repeats: least correlation where the two agree least")
      ->check(CLI::Range(-1.0, 1.0));
  app.add_option("--pairs", r.pairs, "Pairs of each kind on the page")->check(CLI::Range(0, 1000));
  auto* split = app.add_flag("--split", r.split,
                             "Write split.csv: one copy of each picture, groups kept whole");
  app.add_option("--val", r.parts.val, "Share of the validation part")->needs(split);
  app.add_option("--test", r.parts.test, "Share of the test part")->needs(split);
  auto* folds = app.add_option("--folds", r.parts.folds,
                               "Cross-validation: the test part is one of so many folds; 0: none")
                    ->needs(split);
  app.add_option("--fold", r.parts.fold, "Which fold, from 0")->needs(folds);
  app.add_option("--seed", r.parts.seed, "The split follows from it")->needs(split);
  app.add_option("--threads", r.threads, "Threads; 0: one per processor")
      ->check(CLI::NonNegativeNumber);
  app.set_version_flag("--version", std::string("fracture_audit 0.1.0"));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : 2;
    return false;
  }
  return true;
}

}  // namespace fracture
