#include <osteon/core/error.hpp>
#include <osteon/data/transforms.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace osteon::data;

// torchvision.transforms.Normalize(mean, std)(torch.tensor([0, 128, 255]) / 255) for each channel.
TEST_CASE("ImageNet normalisation, channels last") {
  const std::vector<std::uint8_t> pixels{0, 0, 0, 128, 128, 128, 255, 255, 255};
  std::vector<float> values(9);
  Normalizer{}(pixels, values);
  const float expected[] = {-2.117904F, -2.035714F, -1.804444F, 0.074065F, 0.205182F,
                            0.426492F,  2.248908F,  2.428571F,  2.640000F};
  for (std::size_t i = 0; i < 9; ++i)
    CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-5));
}

TEST_CASE("other statistics") {
  const std::vector<std::uint8_t> pixels{255, 0, 51};
  std::vector<float> values(3);
  Normalizer({{0, 0, 0}, {1, 1, 0.5F}})(pixels, values);
  CHECK(values == std::vector<float>{1, 0, 0.4F});
}

TEST_CASE("sizes that do not fit are refused") {
  const std::vector<std::uint8_t> pixels(6);
  std::vector<float> values(3);
  CHECK_THROWS_AS(Normalizer{}(pixels, values), osteon::Error);
}
