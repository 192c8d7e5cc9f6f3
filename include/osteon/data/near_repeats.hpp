// Finds the pictures of a collection that show the same radiograph.
#pragma once

#include <osteon/data/fingerprint.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace osteon::data {

/// What counts as the same radiograph. The defaults leave a margin: copies that were turned and
/// saved again align at 0.95 and above and agree at 0.8 and above; different radiographs of the
/// same bone in the same position seldom align above 0.8.
struct NearRepeatOptions {
  float similarity = 0.89F;  ///< at least, of the edges over the whole disc (Alignment)
  float agreement = 0.7F;    ///< at least, of the regions that agree least (local_agreement)
};

/// Two pictures, by their positions; first < second.
struct NearRepeat {
  std::size_t first = 0;
  std::size_t second = 0;
  Alignment alignment;
  float agreement = 0;
};

/// The finer comparison, pixel by pixel once the two are aligned: correlation within windows of
/// 9 x 9 (the structure term of SSIM: Wang et al., IEEE Trans. Image Processing 13(4), 2004), of
/// which the tenth that agrees least decides. So a bone that is broken in one picture only, or
/// another background, tells two pictures apart. Windows without structure do not count. In
/// [-1, 1].
[[nodiscard]] float local_agreement(const Fingerprint& first, const Fingerprint& second,
                                    const Alignment& alignment);

/// Every pair that passes both comparisons, sorted. Pictures without a fingerprint take no part.
/// Turned copies differ so little in their invariants that few other pairs are aligned at all. The
/// scan for them takes some 40 ns a pair of pictures, which is less than decoding up to tens of
/// thousands of pictures; comparing takes some 0.1 ms for each pair that it finds. The result does
/// not depend on the number of threads. Not found: copies that were cropped or shifted.
[[nodiscard]] std::vector<NearRepeat> near_repeats(
    std::span<const std::optional<Fingerprint>> prints, const NearRepeatOptions& options = {},
    int threads = 1);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/near_repeats.ipp>
#endif
