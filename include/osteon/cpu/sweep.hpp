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
  Index sample = 0, top = 0, left = 0;
  GridPoint() = default;
  GridPoint(const Sweep& s, Index row)
      : sample(row / (s.grid_height * s.grid_width)),
        top(row / s.grid_width % s.grid_height),
        left(row % s.grid_width) {}

  /// Goes `rows` on, at most to the end of the line.
  void step(const Sweep& s, Index rows) {
    left += rows;
    if (left < s.grid_width) return;
    left = 0;
    if (++top < s.grid_height) return;
    top = 0;
    ++sample;
  }

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
  Index count = 0;                            // of the tile_rows; surplus rows repeat the last one
  bool inside = true;                         // no tap of any row reads outside
  GridPoint first;                            // the first row's place
  std::array<const T*, tile_rows> origins{};  // GridPoint's
  std::array<T*, tile_rows> targets{};        // first elements

  /// Takes the rows from `at` on, `left` of them at most; `at` goes on to what follows them.
  void take(const Sweep& s, GridPoint& at, Index left, const T* source, T* target) {
    count = std::min<Index>(tile_rows, left);
    inside = true;
    first = at;
    const Index source_pitch = s.source_step * s.source_channels;
    const Index target_pitch = s.target_step * s.target_channels;
    const auto place = [&](Index begin, Index end) __attribute__((always_inline)) {
      inside = inside && reads_inside(s, at, end - begin);
      const T* const origin = at.origin(s, source);
      T* const to = target + at.target(s);
      for (Index i = begin; i < end; ++i) {
        origins[static_cast<std::size_t>(i)] = origin + (i - begin) * source_pitch;
        targets[static_cast<std::size_t>(i)] = to + (i - begin) * target_pitch;
      }
    };
    if (count == tile_rows && at.left + tile_rows <= s.grid_width) {  // mostly: a loop unrolled
      place(0, tile_rows);
      at.step(s, tile_rows);
      return;
    }
    for_each_line(s, at, place);
    if (count == 0) return;
    const auto used = static_cast<std::size_t>(count);
    for (std::size_t r = used; r < tile_rows; ++r) origins[r] = origins[used - 1];
  }

  /// What each tap of each row reads, tile_rows for each tap; `zeros`, where that lies outside.
  void find_pixels(const Sweep& s, const T* zeros, const T** pixels) const {
    std::array<Index, tile_rows> tops, lefts;
    GridPoint at = first;
    for_each_line(s, at, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        tops[static_cast<std::size_t>(i)] = at.source_top(s);
        lefts[static_cast<std::size_t>(i)] = at.source_left(s) + (i - begin) * s.source_step;
      }
    });
    const auto used = static_cast<std::size_t>(count);
    for (Index i = 0; i < s.tap_rows; ++i) {
      for (Index j = 0; j < s.tap_columns; ++j, pixels += tile_rows) {
        const Index offset = s.offset(i, j), down = i * s.tap_step, right = j * s.tap_step;
        for (std::size_t r = 0; r < used; ++r) {
          const bool read =
              on_side(tops[r] + down, s.source_height) && on_side(lefts[r] + right, s.source_width);
          pixels[r] = read ? origins[r] + offset : zeros;
        }
        std::fill(pixels + used, pixels + tile_rows, pixels[used - 1]);
      }
    }
  }

  /// Brings what the rows [begin, end) read, and the lines above them have not, towards the nearest
  /// cache. Inlined: GCC takes a function that only fetches for one without effect, and drops it.
  [[gnu::always_inline]] void fetch(const Sweep& s, Index begin, Index end) const {
    const auto fetch_pixels = [&](Index offset) __attribute__((always_inline)) {
      for (Index r = begin; r < end; ++r) {
        const T* const pixel = origins[static_cast<std::size_t>(r)] + offset;
        for (Index c = 0; c < s.depth; c += Simd<T>::width) __builtin_prefetch(pixel + c);
      }
    };
    if (s.taps() == 1) return fetch_pixels(0);  // a loop over taps would take longer than this
    const Index down = std::max<Index>(0, (s.tap_rows - 1) * s.tap_step);
    const Index right = std::max<Index>(0, (s.tap_columns - 1) * s.tap_step);
    for (Index i = 0; i < std::min(s.source_step, s.tap_rows); ++i) {
      for (Index j = 0; j < std::min(s.source_step, s.tap_columns); ++j)
        fetch_pixels(((down - i) * s.source_width + right - j) * s.source_channels);
    }
  }

 private:
  /// body(begin, end) for the tile's rows [begin, end) on each line of the grid; `at` is the first
  /// of them.
  template <class Body>
  void for_each_line(const Sweep& s, GridPoint& at, const Body& body) const {
    for (Index done = 0; done < count;) {
      const Index end = std::min(count, done + s.grid_width - at.left);
      body(done, end);
      at.step(s, end - done);
      done = end;
    }
  }

  /// Whether all taps of some rows of a line, of which `at` is the first, read inside the image.
  static bool reads_inside(const Sweep& s, const GridPoint& at, Index rows) {
    const auto inside = [&](Index first, Index last, Index taps, Index size) {
      const Index reach = (taps - 1) * s.tap_step;
      return on_side(first + std::min<Index>(reach, 0), size) &&
             on_side(last + std::max<Index>(reach, 0), size);
    };
    const Index top = at.source_top(s), left = at.source_left(s);
    return inside(top, top, s.tap_rows, s.source_height) &&
           inside(left, left + (rows - 1) * s.source_step, s.tap_columns, s.source_width);
  }
};

/// Writes sums of one row of a tile to the first outputs of a block that is not whole. Not inlined:
/// it is rare, and would be there for each row of a tile.
template <class T>
[[gnu::noinline]] void store_columns(const Epilogue<T>& epilogue, const T* sums, Index columns,
                                     Index first, Index at, T* target) {
  for (Index k = 0; k < columns; ++k) {
    T value = sums[k];
    if (epilogue.bias != nullptr) value += epilogue.bias[first + k];
    if (epilogue.addend != nullptr) value += epilogue.addend[at + k];
    target[at + k] = epilogue.relu ? relu(value) : value;
  }
}

/// One tile: its rows times one block of outputs [first, first + tile_width). `weights` is the
/// block's, (taps, depth, tile_width); `pixels` are the tile's, if not all of them lie inside.
/// OneTap: of a sweep with one tap, as a 1x1 kernel's, whose few steps are soon done: all beside
/// them has to be short, so that the processor goes through it while it still has the last tile's
/// multiply-adds to do.
template <bool OneTap, class T>
void sweep_tile(const Sweep& s, const RowTile<T>& rows, const T* const* pixels, const T* weights,
                const Epilogue<T>& epilogue, Index first, T* target) {
  constexpr Index half = Simd<T>::width;
  constexpr Index width = 2 * half;
  constexpr Index ahead = steps_ahead * width;
  const auto target_of = [&](Index r) { return rows.targets[static_cast<std::size_t>(r)] + first; };
  // What is written at the end is on its way by then.
  const auto fetch_target = [&](Index r) __attribute__((always_inline)) {
    __builtin_prefetch(target_of(r), 1);
    __builtin_prefetch(target_of(r) + half, 1);
  };
  Tile<T, tile_rows> tile;
  const auto add_tap = [&](const T* const* from, Index offset) __attribute__((always_inline)) {
    std::array<const T*, tile_rows> row;
    OSTEON_UNROLL
    for (std::size_t r = 0; r < tile_rows; ++r) row[r] = from[r] + offset;
    OSTEON_UNROLL_STEPS
    for (Index c = 0; c < s.depth; ++c, weights += width) {
      __builtin_prefetch(weights + ahead);
      __builtin_prefetch(weights + ahead + half);
      tile.add(load(weights), load(weights + half),
               [&](int r) { return row[static_cast<std::size_t>(r)][c]; });
    }
  };
  if constexpr (OneTap) {
    if (rows.count == tile_rows) {
      OSTEON_UNROLL
      for (Index r = 0; r < tile_rows; ++r) fetch_target(r);
    }
    add_tap(rows.inside ? rows.origins.data() : pixels, 0);
  } else {
    // A few rows of the target with each tap, as all of them would keep what is read now waiting.
    const Index fetched_per_tap = (tile_rows + s.taps() - 1) / s.taps();
    Index fetched = 0;
    for (Index i = 0; i < s.tap_rows; ++i) {
      for (Index j = 0; j < s.tap_columns; ++j, pixels += tile_rows) {
        for (const Index end = std::min(rows.count, fetched + fetched_per_tap); fetched < end;)
          fetch_target(fetched++);
        if (rows.inside)
          add_tap(rows.origins.data(), s.offset(i, j));
        else
          add_tap(pixels, 0);
      }
    }
  }
  const Index columns = std::min(width, s.target_channels - first);
  if (columns < width) {
    tile.for_each_row([&](int r, Vector<T> low, Vector<T> high) __attribute__((always_inline)) {
      if (r >= rows.count) return;
      T sums[static_cast<std::size_t>(width)];
      store(sums, low);
      store(sums + half, high);
      store_columns(epilogue, sums, columns, first, target_of(r) - target, target);
    });
    return;
  }
  if (epilogue.empty() && rows.count == tile_rows) {
    tile.for_each_row([&](int r, Vector<T> low, Vector<T> high) __attribute__((always_inline)) {
      store(target_of(r), low);
      store(target_of(r) + half, high);
    });
    return;
  }
  const Vector<T> bias[2] = {
      epilogue.bias == nullptr ? Vector<T>{} : load(epilogue.bias + first),
      epilogue.bias == nullptr ? Vector<T>{} : load(epilogue.bias + first + half)};
  tile.for_each_row([&](int r, Vector<T> low, Vector<T> high) __attribute__((always_inline)) {
    if (r >= rows.count) return;
    T* const to = target_of(r);
    low += bias[0];
    high += bias[1];
    if (epilogue.addend != nullptr) {
      const T* const addend = epilogue.addend + (to - target);
      low += load(addend);
      high += load(addend + half);
    }
    store(to, epilogue.relu ? relu(low) : low);
    store(to + half, epilogue.relu ? relu(high) : high);
  });
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
  const bool more_weights = blocks * block_size > s.source();
  const Index cache = Index{5} << (more_weights ? 14 : 16);
  const Index most = std::clamp<Index>(cache / std::max<Index>(block_size, 1), 1, blocks);
  const Index groups = (blocks + most - 1) / most;
  const Index cached = (blocks + groups - 1) / groups;  // of a group, or one less
  const Index rows = s.rows();
  const Index chunk =
      std::clamp<Index>((rows * groups / 16 + tile_rows - 1) / tile_rows, 1, 20) * tile_rows;
  const Index chunks = (rows + chunk - 1) / chunk;
  const ThreadScratch<const T*> pixels(s.taps() * tile_rows);
  const T* const zeros = zero_row<T>(s.depth);
  const auto run_tile = s.taps() == 1 ? sweep_tile<true, T> : sweep_tile<false, T>;
  // Few pixels are in the caches already; those of few channels lie together on a line, which the
  // processor fetches by itself.
  const bool fetches = !more_weights && s.source_step * s.source_channels >= Simd<T>::width;
  const Index fetched_per_block = (tile_rows + cached - 1) / cached;
  parallel_for(chunks * groups, [&](Index i) {
    const Index first_block = i / chunks * blocks / groups;
    const Index last_block = (i / chunks + 1) * blocks / groups;
    const Index begin = i % chunks * chunk;
    const Index end = std::min(rows, begin + chunk);
    const T** const tile_pixels = pixels.mine();
    GridPoint at(s, begin);
    RowTile<T> tiles[2];
    int turn = 0;
    tiles[0].take(s, at, end - begin, source, target);
    for (Index row = begin; row < end; row += tile_rows) {
      const RowTile<T>& tile = tiles[turn];
      turn = 1 - turn;
      RowTile<T>& next = tiles[turn];
      if (!tile.inside) tile.find_pixels(s, zeros, tile_pixels);
      next.take(s, at, std::max<Index>(0, end - row - tile_rows), source, target);
      Index fetched = 0;
      for (Index block = first_block; block < last_block; ++block, fetched += fetched_per_block) {
        if (fetches) next.fetch(s, fetched, std::min(next.count, fetched + fetched_per_block));
        run_tile(s, tile, tile_pixels, packed + block * block_size, epilogue, block * width,
                 target);
      }
    }
  });
}

}  // namespace osteon::cpu
