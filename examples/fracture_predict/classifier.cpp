#include "classifier.hpp"

#include <osteon/core/error.hpp>
#include <osteon/data/resize.hpp>
#include <osteon/data/transforms.hpp>
#include <osteon/io/model_file.hpp>
#include <osteon/io/safetensors.hpp>
#include <osteon/osteon.hpp>
#include <osteon/train/temperature.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace fracture {
namespace {

using namespace osteon;

template <int Size>
class ResNet : public Network {
  using Net = Model<models::ResNet18<2>, Shape<3, Size, Size>>;

 public:
  explicit ResNet(const std::filesystem::path& path)
      : model_(read(path)), fast_(optimize_for_inference(model_)) {}

  std::vector<float> logits(std::span<const float> image) override {
    const auto y = fast_.predict(typename Net::InputView(image.data(), 1));
    return {y.span().begin(), y.span().end()};
  }
  nn::GradCam explain(std::span<const float> image, Index target, std::string_view layer) override {
    return nn::grad_cam(model_, typename Net::InputView(image.data(), 1), target, layer);
  }

 private:
  static Net read(const std::filesystem::path& path) {
    auto model = Net::create(0);
    io::load_model(path, model);
    return model;
  }

  Net model_;
  decltype(optimize_for_inference(std::declval<const Net&>())) fast_;
};

std::unique_ptr<Network> make_network(const std::filesystem::path& path, int image_size) {
  switch (image_size) {
    case 64:
      return std::make_unique<ResNet<64>>(path);
    case 128:
      return std::make_unique<ResNet<128>>(path);
    case 224:
      return std::make_unique<ResNet<224>>(path);
    default:
      fail(path.string(), ": a network for images of ", image_size,
           " px; 64, 128 and 224 are compiled in");
  }
}

/// "a, b" as two names.
std::vector<std::string> split_classes(const std::string& text) {
  constexpr std::string_view comma = ", ";
  std::vector<std::string> names;
  std::size_t begin = 0, end = 0;
  while ((end = text.find(comma, begin)) != std::string::npos) {
    names.push_back(text.substr(begin, end - begin));
    begin = end + comma.size();
  }
  names.push_back(text.substr(begin));
  return names;
}

/// (size, size, 3), left and right exchanged.
std::vector<float> mirrored(std::span<const float> image, int size) {
  constexpr std::ptrdiff_t channels = 3;
  std::vector<float> result;
  result.reserve(image.size());
  const std::ptrdiff_t row = channels * size;
  for (auto begin = image.begin(); begin != image.end(); begin += row)
    for (auto pixel = begin + row; pixel != begin;) {
      pixel -= channels;
      result.insert(result.end(), pixel, pixel + channels);
    }
  return result;
}

}  // namespace

Classifier::Classifier(const std::filesystem::path& path, const std::string& positive) {
  const io::Metadata about = io::SafetensorsFile::read(path).metadata();
  const auto entry = [&](const char* key) -> const std::string& {
    const auto found = about.find(key);
    require(found != about.end(), path.string(), ": its metadata has no \"", key,
            "\"; give a model that fracture_train saved");
    return found->second;
  };
  require(entry("network") == "resnet18", path.string(), ": the network is \"", entry("network"),
          "\"; this program knows resnet18");
  require(entry("normalization") == "imagenet", path.string(), ": the normalization is \"",
          entry("normalization"), "\"; this program knows imagenet");
  const std::string& size = entry("image_size");
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), image_size_);
  require(error == std::errc{} && end == size.data() + size.size(), path.string(),
          ": metadata \"image_size\" is \"", size, "\", no whole number");
  classes_ = split_classes(entry("classes"));
  require(classes_.size() == 2, path.string(), ": the classes are \"", entry("classes"),
          "\"; this program tells two apart");

  // Files from before there were flips say nothing of them.
  if (about.contains("test_time_flips")) {
    const std::string& flips = entry("test_time_flips");
    require(flips == "yes" || flips == "no", path.string(), ": metadata \"test_time_flips\" is \"",
            flips, "\"; it must be yes or no");
    flips_ = flips == "yes";
  }

  rule_ = train::read_decision_rule(about, path.string());
  require(positive.empty() || rule_.positive_class.empty() || positive == rule_.positive_class,
          "--positive ", positive, ": the operating points in ", path.string(),
          " were chosen for the positive class \"", rule_.positive_class, '"');
  const std::string wanted = positive.empty() ? rule_.positive_class : positive;
  const auto found = wanted.empty() ? classes_.begin() : std::ranges::find(classes_, wanted);
  require(found != classes_.end(), "the positive class \"", wanted, "\" is none of ",
          entry("classes"));
  positive_ = static_cast<std::size_t>(found - classes_.begin());
  network_ = make_network(path, image_size_);
  // The first pass touches all the memory: those that are timed come after it.
  network_->logits(prepare(data::Image(image_size_, image_size_, 3)));
}

std::vector<float> Classifier::prepare(const data::Image& rgb) const {
  static constexpr data::Normalizer normalize(data::imagenet_normalization);
  const data::Image small = data::resize(rgb, image_size_, image_size_);
  std::vector<float> image(small.pixels.size());
  normalize(small.pixels, image);
  return image;
}

double Classifier::probability(std::span<const float> image) {
  std::vector<float> mean = logits(image);
  if (flips_) {
    const std::vector<float> other = logits(mirrored(image, image_size_));
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] = (mean[k] + other[k]) / 2;
  }
  return train::softmax(mean, mean.size(), rule_.temperature)[positive_];
}

std::vector<float> Classifier::logits(std::span<const float> image) {
  auto values = network_->logits(image);
  require(std::ranges::all_of(values, [](float z) { return std::isfinite(z); }),
          "the network gives a value that is not finite; its weights are damaged");
  return values;
}

nn::GradCam Classifier::explain(std::span<const float> image, std::string_view layer) {
  return network_->explain(image, static_cast<Index>(positive_), layer);
}

}  // namespace fracture
