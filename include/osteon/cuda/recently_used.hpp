// A few values by their keys: those that were used last.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace osteon::gpu {

/// At most `most` values. A new one takes the place of that which was not used for the longest
/// time.
template <class Key, class Value>
class RecentlyUsed {
 public:
  explicit RecentlyUsed(std::size_t most) : most_(most) {}

  /// The value of a key, a new one where there is none; valid until the next use().
  Value& use(const Key& key) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.first == key; });
    if (found != entries_.end()) {
      std::rotate(found, found + 1, entries_.end());
    } else {
      if (entries_.size() == most_) entries_.erase(entries_.begin());
      entries_.emplace_back(key, Value{});
    }
    return entries_.back().second;
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  using Entry = std::pair<Key, Value>;

  std::size_t most_;
  std::vector<Entry> entries_;  // in the order of their last use
};

}  // namespace osteon::gpu
