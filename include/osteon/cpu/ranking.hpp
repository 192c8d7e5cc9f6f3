// Weights ranked on the CPU: partial sorts of a list.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/ranking.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace osteon {

template <>
class Ranking<Cpu> {
 public:
  Ranking(const double* scores, std::uint8_t* mask, Index size) : scores_(scores), mask_(mask) {
    candidates_.reserve(static_cast<std::size_t>(std::count(mask, mask + size, 1)));
  }

  Census add(Index begin, Index end) {
    tensor_ = static_cast<Index>(candidates_.size());
    Census census;
    for (Index at = begin; at < end; ++at) {
      const double score = scores_[at];
      if (!std::isfinite(score)) census.not_finite = std::min(census.not_finite, at);
      if (mask_[at] == 0) continue;
      candidates_.push_back({score, at});
      census.nonzero += score != 0 ? 1 : 0;
    }
    census.kept = static_cast<Index>(candidates_.size()) - tensor_;
    return census;
  }

  void spare_highest(Index count) {
    if (count == 0) return;
    const auto rest = candidates_.end() - count;
    std::nth_element(candidates_.begin() + tensor_, rest, candidates_.end());
    candidates_.erase(rest, candidates_.end());
  }

  void remove_lowest(Index count) {
    if (count == 0) return;
    const auto end = candidates_.begin() + count;
    std::nth_element(candidates_.begin(), end - 1, candidates_.end());
    std::for_each(candidates_.begin(), end, [&](const Candidate& gone) { mask_[gone.at] = 0; });
  }

 private:
  struct Candidate {
    double score;
    Index at;

    friend bool operator<(const Candidate& a, const Candidate& b) {
      return a.score != b.score ? a.score < b.score : a.at < b.at;
    }
  };

  const double* scores_;
  std::uint8_t* mask_;
  std::vector<Candidate> candidates_;
  Index tensor_ = 0;  // where those of the tensor added last begin
};

}  // namespace osteon
