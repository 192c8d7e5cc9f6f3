#include <osteon/train/metrics.hpp>

#include "../io/temporary_folder.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using osteon::test::error_of;

namespace {

train::ConfusionMatrix make_matrix(const std::vector<std::vector<int>>& rows) {
  train::ConfusionMatrix matrix(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows.size(); ++j) matrix.add(i, j, rows[i][j]);
  return matrix;
}

/// The report after an empty line, so that the expected texts can start on a line of their own.
std::string report(const std::vector<std::string>& names,
                   const std::vector<std::vector<int>>& rows) {
  return '\n' + train::classification_report(make_matrix(rows), names);
}

}  // namespace

// The expected texts are printed by classification_report.py.
TEST_CASE("the report is scikit-learn's to the letter") {
  CHECK(report({"fractured", "not fractured"}, {{345, 17}, {22, 441}}) == R"(
               precision    recall  f1-score   support

    fractured       0.94      0.95      0.95       362
not fractured       0.96      0.95      0.96       463

     accuracy                           0.95       825
    macro avg       0.95      0.95      0.95       825
 weighted avg       0.95      0.95      0.95       825
)");
  CHECK(report({"a", "b", "c"}, {{3, 0, 1}, {2, 0, 0}, {1, 0, 4}}) == R"(
              precision    recall  f1-score   support

           a       0.50      0.75      0.60         4
           b       0.00      0.00      0.00         2
           c       0.80      0.80      0.80         5

    accuracy                           0.64        11
   macro avg       0.43      0.52      0.47        11
weighted avg       0.55      0.64      0.58        11
)");
  CHECK(report({"transverse displaced", "größer", "x"},
               {{1000, 3, 20}, {0, 17, 1}, {5, 5, 12345}}) == R"(
                      precision    recall  f1-score   support

transverse displaced       1.00      0.98      0.99      1023
              größer       0.68      0.94      0.79        18
                   x       1.00      1.00      1.00     12355

            accuracy                           1.00     13396
           macro avg       0.89      0.97      0.93     13396
        weighted avg       1.00      1.00      1.00     13396
)");
  CHECK(report({"no", "yes"}, {{5, 0}, {0, 7}}) == R"(
              precision    recall  f1-score   support

          no       1.00      1.00      1.00         5
         yes       1.00      1.00      1.00         7

    accuracy                           1.00        12
   macro avg       1.00      1.00      1.00        12
weighted avg       1.00      1.00      1.00        12
)");
}

TEST_CASE("scores are what their formulas say") {
  const auto matrix = make_matrix({{8, 2}, {4, 6}});
  CHECK(matrix.total() == 20);
  CHECK(matrix.support(0) == 10);
  CHECK(matrix.predicted(0) == 12);
  CHECK(matrix.accuracy() == 0.7);
  CHECK(matrix.majority_accuracy() == 0.5);
  CHECK(matrix.scores(0).precision == doctest::Approx(8.0 / 12));
  CHECK(matrix.scores(0).recall == 0.8);
  CHECK(matrix.scores(0).f1 == doctest::Approx(16.0 / 22));
  CHECK(matrix.macro_average().recall == doctest::Approx(0.7));
  CHECK(matrix.weighted_average().precision == doctest::Approx((8.0 / 12 + 6.0 / 8) / 2));
}

TEST_CASE("without examples every score is 0") {
  const train::ConfusionMatrix matrix(2);
  CHECK(matrix.accuracy() == 0);
  CHECK(matrix.majority_accuracy() == 0);
  CHECK(matrix.scores(1).f1 == 0);
  CHECK(matrix.weighted_average().precision == 0);
}

TEST_CASE("a class that isn't there, or too few names, is an error") {
  train::ConfusionMatrix matrix(2);
  CHECK(error_of([&] { matrix.add(0, 2); }) ==
        "class 2 is not among the 2 classes of this confusion matrix");
  CHECK(error_of([&] {
          (void)report({"a"}, {{1, 0}, {0, 1}});
        }) == "1 class names were given for 2 classes");
  CHECK_THROWS_AS(train::ConfusionMatrix(0), Error);
}

TEST_CASE("the confusion table has a row per true class") {
  const std::vector<std::string> names{"fractured", "größer"};
  CHECK('\n' + train::confusion_table(make_matrix({{345, 17}, {22, 1441}}), names) == R"(
true \ predicted  fractured     größer
       fractured        345         17
          größer         22       1441
)");
}
