// Declarations of what osteon::data offers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace osteon::data {

struct Image;
enum class ImageFormat : std::uint8_t;
enum class Condition : std::uint8_t;
struct Decoded;

enum class Part : std::uint8_t;
struct Sample;
struct ImageFolder;
struct Split;
struct GroupedSplitOptions;
struct GroupedSplit;

struct Alignment;
class Fingerprint;
struct NearRepeatOptions;
struct NearRepeat;
struct AuditedFile;
struct Audit;
struct AuditOptions;
struct AuditedSplit;

enum class TruncatedPolicy : std::uint8_t;
enum class UnreadablePolicy : std::uint8_t;
struct LoadOptions;
struct LoadReport;
struct ImageDataset;

struct Normalization;
struct AugmentOptions;
struct Augmentation;
class Augment;
template <class Images>
struct BatchOf;
struct LoaderOptions;
class BalancedSampler;
class Loader;

struct SyntheticRadiograph;
struct SyntheticOptions;

}  // namespace osteon::data
