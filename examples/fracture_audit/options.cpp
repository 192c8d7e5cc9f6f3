#include "options.hpp"

#include <osteon/cli/command_line.hpp>

namespace fracture {

std::optional<int> parse(int argc, char** argv, AuditRequest& r) {
  osteon::cli::CommandLine line(
      "Finds what a folder of images repeats: the same bytes, the same pixels, the same radiograph "
      "turned or saved again, the same source by name; across its parts and under different "
      "classes. Writes audit.json and audit.html with the pairs to look at.");
  line.add("folder", r.data, "Folder of images: DIR/{train,val,test}/CLASS/* or DIR/CLASS/*")
      .required();
  line.add("--out", r.out, "Folder for the results");
  line.add("--similarity", r.near_repeats.similarity,
           "Near repeats: least correlation of the edges once aligned")
      .check(osteon::cli::between(0.5, 1.0));
  line.add("--agreement", r.near_repeats.agreement,
           "Near repeats: least correlation where the two agree least")
      .check(osteon::cli::between(-1.0, 1.0));
  line.add("--pairs", r.pairs, "Pairs of each kind on the page")
      .check(osteon::cli::between(0, 1000));
  const auto split =
      line.flag("--split", r.split, "Write split.csv: one copy of each picture, groups kept whole");
  line.add("--val", r.parts.val, "Share of the validation part").needs(split);
  line.add("--test", r.parts.test, "Share of the test part").needs(split);
  const auto folds = line.add("--folds", r.parts.folds,
                              "Cross-validation: the test part is one of so many folds; 0: none")
                         .needs(split);
  line.add("--fold", r.parts.fold, "Which fold, from 0").needs(folds);
  line.add("--seed", r.parts.seed, "The split follows from it").needs(split);
  line.add("--threads", r.threads, "Threads; 0: one per processor")
      .check(osteon::cli::not_negative());
  line.version("fracture_audit 0.1.0");
  return line.parse(argc, argv);
}

}  // namespace fracture
