// Direct convolution on the CPU, forward and to the input's gradient, over channels-last memory.
//
// A row is one output pixel. A register tile sums a few rows times two vectors of outputs over all
// taps and channels: each step broadcasts one channel of each row against two vectors of weights.
// Rows find their inputs through pointers, and a tap in the padding points at zeros, so there are
// no copies of patches and no special cases at borders. conv2d_sweep.hpp says what is swept for a
// convolution and its gradient.
//
// Work is cut into tiles that no two threads share, with boundaries that do not depend on the
// number of threads, so neither do the results.
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace osteon::cpu {

/// Rows on a grid that read pixels of a source and write pixels of a target.
struct Sweep {
  Index batch;
  Index grid_height, grid_width;  // rows of a sample
  Index source_height, source_width, source_channels;
  Index source_step;  // source pixels from one row to the next
  Index target_height, target_width, target_channels;
  Index target_step, target_top, target_left;  // where on the target the grid lies
  // Tap (i, j) reads the source pixel (down + i tap_step, right + j tap_step) from its row's
  // origin: `depth` consecutive numbers.
  Index tap_rows, tap_columns;
  Index down, right, tap_step;
  Index depth;

  [[nodiscard]] Index rows() const { return batch * grid_height * grid_width; }
  [[nodiscard]] Index taps() const { return tap_rows * tap_columns; }
  /// Elements of the source.
  [[nodiscard]] Index source() const {
    return batch * source_height * source_width * source_channels;
  }
  /// Weights of one output.
  [[nodiscard]] Index weights() const { return taps() * depth; }
  /// How far from the first tap's pixel tap (i, j) reads.
  [[nodiscard]] Index offset(Index i, Index j) const {
    return (i * source_width + j) * tap_step * source_channels;
  }
};

/// A row's place on the grid.
struct GridPoint {
  Index sample, top, left;
  GridPoint(const Sweep& s, Index row)
      : sample(row / (s.grid_height * s.grid_width)),
        top(row / s.grid_width % s.grid_height),
        left(row % s.grid_width) {}

  /// Its first element on the target.
  [[nodiscard]] Index target(const Sweep& s) const {
    const Index h = top * s.target_step + s.target_top;
    const Index w = left * s.target_step + s.target_left;
    return ((sample * s.target_height + h) * s.target_width + w) * s.target_channels;
  }

  /// The pixel that its first tap reads; outside where the tap lies in the padding.
  [[nodiscard]] Index source_top(const Sweep& s) const { return top * s.source_step + s.down; }
  [[nodiscard]] Index source_left(const Sweep& s) const { return left * s.source_step + s.right; }
  /// Where that is: a place to count from, even if it lies outside.
  template <class T>
  [[nodiscard]] const T* origin(const Sweep& s, const T* source) const {
    const Index row = sample * s.source_height + source_top(s);
    return source + (row * s.source_width + source_left(s)) * s.source_channels;
  }
};

/// Whether a coordinate lies on an image's side of `size` pixels: one comparison, as negative ones
/// become the largest.
inline bool on_side(Index at, Index size) {
  return static_cast<std::size_t>(at) < static_cast<std::size_t>(size);
}

/// Rows that are summed together, and where they read and write.
template <class T>
struct RowTile {
  Index count;                              // of the tile_rows; surplus rows repeat the last one
  bool inside;                              // no tap of any row reads outside
  std::array<const T*, tile_rows> origins;  // GridPoint's, as the two below
  std::array<Index, tile_rows> source_tops, source_lefts;
  std::array<Index, tile_rows> targets;  // first elements
  const T** pixels;                      // tile_rows for each tap, if not inside
  const T* zeros;                        // what lies outside, depth elements

  /// Takes the rows from `first` on, up to `last`.
  void take(const Sweep& s, Index first, Index last, const T* source) {
    count = std::min<Index>(tile_rows, last - first);
    inside = true;
    for (Index done = 0; done < count;) {  // a line of the grid after the other
      const GridPoint at(s, first + done);
      const Index end = std::min(count, done + s.grid_width - at.left);
      take_line(s, at, done, end, source);
      done = end;
    }
    const auto used = static_cast<std::size_t>(count);
    for (std::size_t r = used; r < tile_rows; ++r) {
      origins[r] = origins[used - 1];
      source_tops[r] = source_tops[used - 1];
      source_lefts[r] = source_lefts[used - 1];
    }
    if (!inside) find_pixels(s);
  }

 private:
  /// Takes rows [begin, end) of the tile, which follow each other on one line from `at` on.
  void take_line(const Sweep& s, const GridPoint& at, Index begin, Index end, const T* source) {
    const Index top = at.source_top(s);
    Index left = at.source_left(s), target = at.target(s);
    const T* origin = at.origin(s, source);
    inside = inside && reads_inside(s.source_height, top, s.tap_rows, s.tap_step) &&
             reads_inside(s.source_width, left, s.tap_columns, s.tap_step) &&
             reads_inside(s.source_width, left + (end - begin - 1) * s.source_step, s.tap_columns,
                          s.tap_step);
    for (Index i = begin; i < end; ++i) {
      const auto r = static_cast<std::size_t>(i);
      origins[r] = origin;
      source_tops[r] = top;
      source_lefts[r] = left;
      targets[r] = target;
      origin += s.source_step * s.source_channels;
      left += s.source_step;
      target += s.target_step * s.target_channels;
    }
  }

  static bool reads_inside(Index size, Index first, Index taps, Index step) {
    return on_side(first, size) && on_side(first + (taps - 1) * step, size);
  }

  void find_pixels(const Sweep& s) {
    const T** to = pixels;
    for (Index i = 0; i < s.tap_rows; ++i) {
      for (Index j = 0; j < s.tap_columns; ++j) {
        const Index offset = s.offset(i, j), down = i * s.tap_step, right = j * s.tap_step;
        for (std::size_t r = 0; r < tile_rows; ++r) {
          const bool read = on_side(source_tops[r] + down, s.source_height) &&
                            on_side(source_lefts[r] + right, s.source_width);
          *to++ = read ? origins[r] + offset : zeros;
        }
      }
    }
  }
};

/// One tile: its rows times one block of outputs [first, first + tile_width). `weights` is the
/// block's, (taps, depth, tile_width).
template <class T>
void sweep_tile(const Sweep& s, const RowTile<T>& rows, const T* weights,
                const Epilogue<T>& epilogue, Index first, T* target) {
  constexpr Index half = Simd<T>::width;
  constexpr Index width = 2 * half;
  constexpr Index ahead = steps_ahead * width;
  const Index rows_per_tap = (tile_rows + s.taps() - 1) / s.taps();
  Index fetched = 0;
  Tile<T, tile_rows> tile;
  const T* const* pixels = rows.pixels;
  for (Index i = 0; i < s.tap_rows; ++i) {
    for (Index j = 0; j < s.tap_columns; ++j, pixels += tile_rows) {
      // What is written at the end is on its way by then; a few rows at a time, as all of them
      // would keep what is read now waiting.
      for (const Index end = std::min(rows.count, fetched + rows_per_tap); fetched < end;
           ++fetched) {
        const T* const to = target + rows.targets[static_cast<std::size_t>(fetched)] + first;
        __builtin_prefetch(to, 1);
        __builtin_prefetch(to + half, 1);
      }
      std::array<const T*, tile_rows> row;
      const Index offset = rows.inside ? s.offset(i, j) : 0;
      const T* const* from = rows.inside ? rows.origins.data() : pixels;
      for (std::size_t r = 0; r < tile_rows; ++r) row[r] = from[r] + offset;
      OSTEON_UNROLL_STEPS
      for (Index c = 0; c < s.depth; ++c, weights += width) {
        __builtin_prefetch(weights + ahead);
        __builtin_prefetch(weights + ahead + half);
        tile.add(load(weights), load(weights + half),
                 [&](int r) { return row[static_cast<std::size_t>(r)][c]; });
      }
    }
  }
  const Index columns = std::min(width, s.target_channels - first);
  const auto target_of = [&](int r) { return rows.targets[static_cast<std::size_t>(r)] + first; };
  if (columns == width) {
    const Vector<T> bias[2] = {
        epilogue.bias == nullptr ? Vector<T>{} : load(epilogue.bias + first),
        epilogue.bias == nullptr ? Vector<T>{} : load(epilogue.bias + first + half)};
    tile.for_each_row([&](int r, Vector<T> low, Vector<T> high) __attribute__((always_inline)) {
      if (r >= rows.count) return;
      const Index at = target_of(r);
      low += bias[0];
      high += bias[1];
      if (epilogue.addend != nullptr) {
        low += load(epilogue.addend + at);
        high += load(epilogue.addend + at + half);
      }
      store(target + at, epilogue.relu ? relu(low) : low);
      store(target + at + half, epilogue.relu ? relu(high) : high);
    });
    return;
  }
  for (int r = 0; r < rows.count; ++r) {
    const Index at = target_of(r);
    std::array<T, static_cast<std::size_t>(width)> sums;
    store(sums.data(), tile.sums[r][0]);
    store(sums.data() + half, tile.sums[r][1]);
    for (Index k = 0; k < columns; ++k) {
      T value = sums[static_cast<std::size_t>(k)];
      if (epilogue.bias != nullptr) value += epilogue.bias[first + k];
      if (epilogue.addend != nullptr) value += epilogue.addend[at + k];
      target[at + k] = epilogue.relu ? relu(value) : value;
    }
  }
}

/// Elements of the packed weights of a sweep: whole blocks of outputs.
template <class T>
Index packed_size(const Sweep& s) {
  return (s.target_channels + tile_width<T> - 1) / tile_width<T> * tile_width<T> * s.weights();
}

/// Runs all rows. `packed` holds the weights as (blocks of outputs, taps, depth, width).
template <class T>
void sweep(const Sweep& s, const T* source, const T* packed, const Epilogue<T>& epilogue,
           T* target) {
  constexpr Index width = tile_width<T>;
  const Index blocks = (s.target_channels + width - 1) / width;
  const Index block_size = s.weights() * width;
  // A task's weights should stay in the caches while its rows pass: in the nearest ones where there
  // are more weights than source, which is read once for each group of blocks; otherwise in those
  // that still hold them all, or much of them.
  const Index cache = Index{1} << (blocks * block_size > s.source() ? 16 : 18);
  const Index cached = std::clamp<Index>(cache / std::max<Index>(block_size, 1), 1, blocks);
  const Index groups = (blocks + cached - 1) / cached;
  const Index rows = s.rows();
  const Index chunk =
      std::clamp<Index>((rows * groups / 16 + tile_rows - 1) / tile_rows, 1, 20) * tile_rows;
  const Index chunks = (rows + chunk - 1) / chunk;
  const ThreadScratch<const T*> pixels(s.taps() * tile_rows);
  const T* const zeros = zero_row<T>(s.depth);
  parallel_for(chunks * groups, [&](Index i) {
    const Index first_block = i / chunks * cached;
    const Index last_block = std::min(blocks, first_block + cached);
    const Index begin = i % chunks * chunk;
    const Index end = std::min(rows, begin + chunk);
    RowTile<T> tile{};
    tile.pixels = pixels.mine();
    tile.zeros = zeros;
    for (Index row = begin; row < end; row += tile_rows) {
      tile.take(s, row, end, source);
      for (Index block = first_block; block < last_block; ++block) {
        sweep_tile(s, tile, packed + block * block_size, epilogue, block * width, target);
      }
    }
  });
}

}  // namespace osteon::cpu
