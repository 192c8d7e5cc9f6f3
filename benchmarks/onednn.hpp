// oneDNN's convolution of one geometry in all three directions. The only header that includes
// oneDNN; the build defines OSTEON_ONEDNN where it is.
//
// oneDNN takes its number of threads from OMP_NUM_THREADS, which must be set when it is loaded.
#pragma once

#include <osteon/core/geometry.hpp>

#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace osteon::bench {

/// The direct algorithm, its memory in the formats that oneDNN chooses: they are filled when it is
/// made, from x (N, H, W, C), weight (O, kernel, kernel, C) and dy (N, OH, OW, O).
class OnednnConv2d {
 public:
  OnednnConv2d(const Conv2dGeometry& g, const float* x, const float* weight, const float* dy)
      : strides_{g.stride, g.stride}, padding_{g.padding, g.padding} {
    using dnnl::memory;
    const memory::dims x_dims{g.batch, g.in_channels, g.in_height, g.in_width};
    const memory::dims w_dims{g.out_channels, g.in_channels, g.kernel, g.kernel};
    const memory::dims y_dims{g.batch, g.out_channels, g.out_height, g.out_width};
    const memory given_x = wrap(x_dims, nhwc, x), given_w = wrap(w_dims, ohwi, weight),
                 given_dy = wrap(y_dims, nhwc, dy);
    const auto any = [](const memory::dims& dims) {
      return memory::desc(dims, memory::data_type::f32, memory::format_tag::any);
    };
    const auto forward = describe<dnnl::convolution_forward>(any(x_dims), any(w_dims), any(y_dims));
    const auto input =
        describe<dnnl::convolution_backward_data>(any(x_dims), any(w_dims), any(y_dims), forward);
    const auto weights = describe<dnnl::convolution_backward_weights>(any(x_dims), any(w_dims),
                                                                      any(y_dims), forward);
    forward_ = {dnnl::convolution_forward(forward),
                {{DNNL_ARG_SRC, chosen(given_x, forward.src_desc())},
                 {DNNL_ARG_WEIGHTS, chosen(given_w, forward.weights_desc())},
                 {DNNL_ARG_DST, memory(forward.dst_desc(), engine_)}},
                DNNL_ARG_DST,
                wrap(y_dims, nhwc)};
    backward_input_ = {dnnl::convolution_backward_data(input),
                       {{DNNL_ARG_DIFF_DST, chosen(given_dy, input.diff_dst_desc())},
                        {DNNL_ARG_WEIGHTS, chosen(given_w, input.weights_desc())},
                        {DNNL_ARG_DIFF_SRC, memory(input.diff_src_desc(), engine_)}},
                       DNNL_ARG_DIFF_SRC,
                       wrap(x_dims, nhwc)};
    backward_weight_ = {dnnl::convolution_backward_weights(weights),
                        {{DNNL_ARG_SRC, chosen(given_x, weights.src_desc())},
                         {DNNL_ARG_DIFF_DST, chosen(given_dy, weights.diff_dst_desc())},
                         {DNNL_ARG_DIFF_WEIGHTS, memory(weights.diff_weights_desc(), engine_)}},
                        DNNL_ARG_DIFF_WEIGHTS,
                        wrap(w_dims, ohwi)};
  }

  void forward() { run(forward_); }
  void backward_input() { run(backward_input_); }
  void backward_weight() { run(backward_weight_); }

  /// The results, in the order of what the constructor was given.
  [[nodiscard]] std::vector<float> y() { return result(forward_); }
  [[nodiscard]] std::vector<float> dx() { return result(backward_input_); }
  [[nodiscard]] std::vector<float> dweight() { return result(backward_weight_); }

 private:
  static constexpr auto nhwc = dnnl::memory::format_tag::nhwc;
  static constexpr auto ohwi = dnnl::memory::format_tag::ohwi;

  struct Pass {
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
    int output = 0;
    dnnl::memory plain;
  };

  /// A direction: `hint` is the forward one, for the others.
  template <class Primitive, class... Hint>
  typename Primitive::primitive_desc describe(const dnnl::memory::desc& x,
                                              const dnnl::memory::desc& weight,
                                              const dnnl::memory::desc& y, const Hint&... hint) {
    constexpr auto direct = dnnl::algorithm::convolution_direct;
    const auto make = [&](auto... kind) {
#if DNNL_VERSION_MAJOR >= 3
      return typename Primitive::primitive_desc(engine_, kind..., x, weight, y, strides_, padding_,
                                                padding_, hint...);
#else
      return typename Primitive::primitive_desc(
          typename Primitive::desc(kind..., x, weight, y, strides_, padding_, padding_), engine_,
          hint...);
#endif
    };
    if constexpr (sizeof...(Hint) == 0) {
      return make(dnnl::prop_kind::forward_training, direct);
    } else {
      return make(direct);
    }
  }

  /// Memory in a plain format, filled from `values` if there are any.
  dnnl::memory wrap(const dnnl::memory::dims& dims, dnnl::memory::format_tag tag,
                    const float* values = nullptr) {
    dnnl::memory plain({dims, dnnl::memory::data_type::f32, tag}, engine_);
    if (values != nullptr) {
      std::copy_n(values, plain.get_desc().get_size() / sizeof(float),
                  static_cast<float*>(plain.get_data_handle()));
    }
    return plain;
  }

  /// `plain` in another format.
  dnnl::memory chosen(const dnnl::memory& plain, const dnnl::memory::desc& format) {
    dnnl::memory copy(format, engine_);
    reorder(plain, copy);
    return copy;
  }

  // By value: a dnnl::memory is a handle.
  void reorder(dnnl::memory from, dnnl::memory to) {
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
  }

  void run(const Pass& pass) {
    pass.primitive.execute(stream_, pass.arguments);
    stream_.wait();
  }

  std::vector<float> result(const Pass& pass) {
    reorder(pass.arguments.at(pass.output), pass.plain);
    const auto* values = static_cast<const float*>(pass.plain.get_data_handle());
    return {values, values + pass.plain.get_desc().get_size() / sizeof(float)};
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::memory::dims strides_, padding_;
  Pass forward_, backward_input_, backward_weight_;
};

}  // namespace osteon::bench
