#include <osteon/train/history.hpp>

#include "../io/temporary_folder.hpp"
#include <doctest/doctest.h>

#include <vector>

using namespace osteon;

TEST_CASE("history.csv has a header and a line per epoch") {
  const std::vector<train::EpochRecord> history{{.epoch = 1,
                                                 .train_loss = 0.693147181,
                                                 .train_accuracy = 0.5,
                                                 .val_loss = 0.6,
                                                 .val_accuracy = 0.75,
                                                 .learning_rate = 1e-3,
                                                 .seconds = 12.5,
                                                 .images_per_second = 412.25},
                                                {.epoch = 2, .train_loss = 1e-9}};
  const osteon::test::TemporaryFolder folder;
  train::write_history(folder / "history.csv", history);
  CHECK('\n' + io::read_file(folder / "history.csv") == R"(
epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second
1,0.6931472,0.5,0.6,0.75,0.001,12.5,412.25
2,1e-09,0,0,0,0,0,0
)");
}
