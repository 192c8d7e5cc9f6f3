// What the optimizers share: the parameters they step, the mask they keep.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/tensor.hpp>

#include <concepts>
#include <cstdint>
#include <vector>

namespace osteon::optim {

/// One flat vector per state an optimizer keeps (momentum, ...), as large as the parameters.
template <class Model>
using State = Tensor<typename Model::value_type, Shape<Model::parameter_count>, Contiguous,
                     typename Model::device_type>;

/// A mask over all parameters: 1 keeps, 0 holds the parameter at exactly +0. Any type with a
/// view() of Shape<parameter_count> of bytes serves; prune::Mask is the usual one.
template <class Mask, class Model>
concept MaskOf = requires(const Mask& mask) {
  { mask.view().size() } -> std::convertible_to<Index>;
}
&&std::remove_cvref_t<decltype(std::declval<const Mask&>().view())>::shape_type::size ==
    Model::parameter_count;

/// Stands for "no mask".
struct Dense {};

/// target = 0 wherever the mask is 0; nothing without a mask. A select, not a product: -1 * 0 would
/// leave a negative zero.
template <class Mask, class View>
void apply_mask(const Mask& mask, View&& target) {
  if constexpr (!std::is_same_v<Mask, Dense>) target = where(mask.view() != 0, target, 0);
}

}  // namespace osteon::optim
