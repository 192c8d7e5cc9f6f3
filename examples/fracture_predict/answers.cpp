#include "answers.hpp"

#include <osteon/core/error.hpp>
#include <osteon/data/decode.hpp>
#include <osteon/data/heat_map.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/png.hpp>
#include <osteon/data/resize.hpp>
#include <osteon/io/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>

namespace fracture {
namespace {

using namespace osteon;
using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

/// The picture beside itself under the map; its longer side at most 1024 pixels.
void draw_explanation(const std::filesystem::path& path, const data::Image& rgb,
                      const nn::GradCam& cam) {
  const double scale = std::min(1.0, 1024.0 / std::max(rgb.width, rgb.height));
  const auto scaled = [scale](int side) {
    return std::max(1, static_cast<int>(std::lround(scale * side)));
  };
  const data::Image picture = data::resize(rgb, scaled(rgb.width), scaled(rgb.height));
  data::write_png(path, data::overlay(picture, cam.map, static_cast<int>(cam.height),
                                      static_cast<int>(cam.width)));
}

}  // namespace

std::vector<std::filesystem::path> list_files(const std::vector<std::string>& inputs) {
  std::vector<std::filesystem::path> files;
  for (const std::string& input : inputs) {
    std::error_code ignored;
    if (input == "-") {
      std::string line;
      while (std::getline(std::cin, line))
        if (!line.empty()) files.emplace_back(line);
    } else if (std::filesystem::is_directory(input, ignored)) {
      const auto images = data::list_images(input);
      require(!images.empty(), "there are no images in the folder ", input);
      files.insert(files.end(), images.begin(), images.end());
    } else {
      files.emplace_back(input);
    }
  }
  require(!files.empty(), "no images were named on standard input");
  return files;
}

Answer answer(Classifier& classifier, const train::OperatingPoint& point,
              const std::filesystem::path& file, const Explanation& explanation) {
  Answer result;
  result.file = file;
  auto start = Clock::now();
  data::Decoded decoded;
  try {
    decoded = data::decode(file);
  } catch (const Error& error) {
    result.problem = error.what();
    return result;
  }
  if (decoded.rgb.empty()) {
    result.problem = decoded.problem;
    return result;
  }
  if (decoded.condition == data::Condition::truncated)
    result.problem = "the file is cut short; only a part of the picture was seen";
  const std::vector<float> image = classifier.prepare(decoded.rgb);
  result.decode_milliseconds = milliseconds_since(start);
  start = Clock::now();
  result.probability = classifier.probability(image);
  result.network_milliseconds = milliseconds_since(start);
  result.positive = result.probability >= point.threshold;
  result.answered = true;
  if (explanation.path.empty()) return result;
  try {
    draw_explanation(explanation.path, decoded.rgb, classifier.explain(image, explanation.layer));
    result.explanation = explanation.path;
  } catch (const Error& error) {
    result.problem += concat(result.problem.empty() ? "" : "; ", error.what());
  }
  return result;
}

std::string table_head(const PredictRequest& request, const Classifier& classifier,
                       const train::OperatingPoint& point) {
  std::string text =
      concat("model: ", request.model.string(), ", images of ", classifier.image_size(),
             " px, temperature ", classifier.rule().temperature, "\n\"", classifier.positive(),
             "\" where its probability is at least ", point.threshold);
  if (std::isfinite(point.sensitivity) && std::isfinite(point.specificity))
    text += concat(" (on validation images: sensitivity ", 100 * point.sensitivity,
                   " %, specificity ", 100 * point.specificity, " %)");
  if (classifier.flips())
    text += "\neach image is looked at twice, as it is and mirrored; ms are those of both looks";
  return text + format("\n\n%11s  %-24s %8s  %s\n", "probability", "decision", "ms", "file");
}

std::string table_row(const Classifier& classifier, const Answer& a) {
  if (!a.answered) return format("%11s  %-24s %8s  ", "-", "none", "-") + a.file.string() + '\n';
  const std::string& decision = a.positive ? classifier.positive() : classifier.negative();
  return format("%11.4f  %-24s %8.2f  ", a.probability, decision.c_str(), a.network_milliseconds) +
         a.file.string() + '\n';
}

std::string to_json(const PredictRequest& request, const Classifier& classifier,
                    const train::OperatingPoint& point, const std::vector<Answer>& answers) {
  io::Json images = io::Json::array();
  for (const Answer& a : answers) {
    io::Json image{{"file", a.file.string()}};
    if (a.answered) {
      image["probability"] = a.probability;
      image["decision"] = a.positive ? classifier.positive() : classifier.negative();
      image["milliseconds"] = a.network_milliseconds;
      image["decode_milliseconds"] = a.decode_milliseconds;
    }
    if (!a.explanation.empty()) image["explanation"] = a.explanation.string();
    if (!a.problem.empty()) image["problem"] = a.problem;
    images.push_back(std::move(image));
  }
  io::Json chosen{{"name", request.operating_point}, {"threshold", point.threshold}};
  if (std::isfinite(point.sensitivity)) chosen["sensitivity"] = point.sensitivity;
  if (std::isfinite(point.specificity)) chosen["specificity"] = point.specificity;
  const io::Json all{{"model", request.model.string()},
                     {"image_size", classifier.image_size()},
                     {"classes", classifier.classes()},
                     {"positive_class", classifier.positive()},
                     {"temperature", classifier.rule().temperature},
                     {"test_time_flips", classifier.flips()},
                     {"looks_per_image", classifier.flips() ? 2 : 1},  // that milliseconds count
                     {"operating_point", std::move(chosen)},
                     {"images", std::move(images)}};
  return all.dump(2, ' ', false, io::Json::error_handler_t::replace) + '\n';
}

}  // namespace fracture
