// The pictures of a run's page.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/data/png.hpp>
#include <osteon/data/resize.hpp>
#include <osteon/io/html.hpp>

#include "page.hpp"
#include "results.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fracture::detail {

/// An image as the network sees it; a grey one in one channel, which is a third of the bytes.
inline std::string png_of(const Images& images, std::size_t i) {
  constexpr int shown_at = 128;  // pixels
  const int size = images.dataset.image_size;
  data::Image image(size, size, 3);
  std::ranges::copy(images.dataset.image(i), image.pixels.begin());
  if (size > shown_at) image = data::resize(image, shown_at, shown_at);
  data::Image grey(image.width, image.height, 1);
  bool colored = false;
  for (std::size_t k = 0; k < grey.pixels.size(); ++k) {
    const std::uint8_t* rgb = &image.pixels[3 * k];
    colored = colored || rgb[0] != rgb[1] || rgb[0] != rgb[2];
    grey.pixels[k] = rgb[0];
  }
  return io::png_uri(data::encode_png(colored ? image : grey));
}

inline std::vector<std::vector<Picture>> sample_pictures(const Options& options,
                                                         const Images& images) {
  constexpr std::size_t per_class = 8;
  std::vector<std::size_t> order = images.train;
  osteon::Random(options.seed, 0x5A3).shuffle(std::span(order));
  std::vector<std::vector<Picture>> pictures(images.classes().size());
  for (const std::size_t i : order) {
    auto& of_class = pictures[static_cast<std::size_t>(images.dataset.label(i))];
    if (of_class.size() < per_class)
      of_class.push_back({png_of(images, i), images.dataset.samples[i].path, ""});
  }
  return pictures;
}

/// The wrong answers of which the network is surest, by the probability after the temperature; of
/// each group of related images the first alone, or one radiograph would fill the page.
inline void add_mistakes(Page& page, const Images& images, const std::vector<std::size_t>& part,
                         const Scores& scores, const DecisionRule& rule) {
  constexpr std::size_t most = 12;
  const std::size_t classes = images.classes().size();
  const auto p = train::softmax(scores.answers.logits, classes, rule.temperature.value);
  struct Mistake {
    std::size_t image, answer;
    double probability;
  };
  std::vector<Mistake> mistakes;
  std::map<std::size_t, std::size_t> in_group;
  for (std::size_t i = 0; i < part.size(); ++i) {
    // By the logits, as the confusion matrix: probabilities may round to a tie.
    const auto row = scores.answers.logits.begin() + static_cast<std::ptrdiff_t>(i * classes);
    const auto answer = static_cast<std::size_t>(
        std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row);
    if (answer == static_cast<std::size_t>(scores.answers.labels[i])) continue;
    mistakes.push_back({part[i], answer, p[i * classes + answer]});
    ++in_group[images.group[part[i]]];
  }
  page.mistakes = mistakes.size();
  std::ranges::stable_sort(mistakes, std::greater<>(), &Mistake::probability);
  for (const Mistake& m : mistakes) {
    const std::size_t alike = std::exchange(in_group[images.group[m.image]], 0);
    if (alike == 0) continue;  // its group is there already
    if (page.worst_mistakes.size() == most) break;
    const auto label = static_cast<std::size_t>(images.dataset.label(m.image));
    page.worst_mistakes.push_back(
        {png_of(images, m.image), images.dataset.samples[m.image].path,
         osteon::concat("says ", images.classes()[m.answer], ", ",
                        io::to_fixed(100 * m.probability, 1), "\u00a0%; the label is ",
                        images.classes()[label],
                        alike > 1 ? osteon::concat("; ", alike - 1, " related ones too") : "")});
  }
}

}  // namespace fracture::detail
