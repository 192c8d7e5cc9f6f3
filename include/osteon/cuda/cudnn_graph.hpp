// What cuDNN is asked for: convolutions over channels-last memory, as operation graphs (cuDNN's
// backend API).
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/float16.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/stream.hpp>
#include <osteon/cuda/tf32.hpp>

#include <cudnn.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon::gpu::cudnn {

inline void check(cudnnStatus_t status, const char* what) {
  require(status == CUDNN_STATUS_SUCCESS, "cuDNN: ", what, " failed: ", cudnnGetErrorString(status),
          " (version ", cudnnGetVersion(), ", built for ", CUDNN_VERSION,
          "); use a smaller batch if the GPU's memory is used up, "
          "else another cuDNN 9, or none: -DOSTEON_CUDNN=OFF (Meson: -Dcudnn=disabled)");
}

/// The calling thread's handle.
inline cudnnHandle_t handle() {
  // Never destroyed: at exit the driver may be gone before it.
  thread_local const cudnnHandle_t created = [] {
    const cudaStream_t all_work = stream();  // without a GPU this says so
    cudnnHandle_t fresh = nullptr;
    check(cudnnCreate(&fresh), "creating a handle");
    check(cudnnSetStream(fresh, all_work), "setting the stream");
    return fresh;
  }();
  return created;
}

/// A descriptor of the backend API. Calls give false where cuDNN cannot do what it describes.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    check(cudnnBackendCreateDescriptor(type, &value_), "creating a descriptor");
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ != nullptr) cudnnBackendDestroyDescriptor(value_);
  }

  template <class V>
  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, const V* values,
           std::size_t count) {
    check(cudnnBackendSetAttribute(value_, name, type, static_cast<std::int64_t>(count), values),
          "describing a convolution");
  }
  template <class V>
  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, const V& value) {
    set(name, type, &value, 1);
  }
  void set(cudnnBackendAttributeName_t name, const Descriptor& other) {
    set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, other.value_);
  }
  [[nodiscard]] bool finalize() { return cudnnBackendFinalize(value_) == CUDNN_STATUS_SUCCESS; }

  [[nodiscard]] cudnnBackendDescriptor_t get() const { return value_; }

 private:
  cudnnBackendDescriptor_t value_ = nullptr;
};

template <class T>
[[nodiscard]] constexpr cudnnDataType_t data_type() {
  if constexpr (std::is_same_v<T, BFloat16>) {
    return CUDNN_DATA_BFLOAT16;
  } else if constexpr (std::is_same_v<T, Float16>) {
    return CUDNN_DATA_HALF;
  } else {
    static_assert(std::is_same_v<T, float>, "osteon: cuDNN is asked for float and narrower types");
    return CUDNN_DATA_FLOAT;
  }
}

enum class Direction { forward, input_gradient, weight_gradient };

/// What a plan is made for.
struct Task {
  Direction direction;
  cudnnDataType_t type;
  Conv2dGeometry g;
  bool add = false;  // to what the result's memory holds (input_gradient)
  bool bias = false, addend = false, relu = false;  // behind the product (forward)
  bool tf32 = gpu::tf32();

  [[nodiscard]] auto key() const {
    return std::tuple(direction, type, g.batch, g.in_channels, g.in_height, g.in_width,
                      g.out_channels, g.kernel, g.stride, g.padding, add, bias, addend, relu, tf32);
  }
};

/// The names of tensors in a graph.
enum Name : std::int64_t { x = 1, w, y, bias, addend, product, with_addend, with_bias };

/// A tensor of so many (outer, channels, height, width) with the channels last in memory.
inline Descriptor tensor(Name name, cudnnDataType_t type, std::array<std::int64_t, 4> extents,
                         bool is_virtual = false) {
  Descriptor d(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  const auto [n, c, h, width] = extents;
  const std::array<std::int64_t, 4> strides{h * width * c, 1, width * c, c};
  const std::int64_t alignment = 16;
  d.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, type);
  d.set(CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, extents.data(), extents.size());
  d.set(CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, strides.data(), strides.size());
  d.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, static_cast<std::int64_t>(name));
  d.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, alignment);
  d.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, is_virtual);
  require(d.finalize(), "cuDNN: describing a tensor failed");
  return d;
}

/// The graph of a task: a convolution and, forward, what follows it.
class Graph {
 public:
  explicit Graph(const Task& task) : task_(task) {
    const Conv2dGeometry& g = task.g;
    x_ = tensor(x, task.type, {g.batch, g.in_channels, g.in_height, g.in_width});
    w_ = tensor(w, task.type, {g.out_channels, g.in_channels, g.kernel, g.kernel});
    convolution_ = Descriptor(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    const std::array<std::int64_t, 2> one{1, 1}, stride{g.stride, g.stride},
        padding{g.padding, g.padding};
    const std::int64_t dimensions = 2;
    const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    convolution_.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, compute);
    convolution_.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, mode);
    convolution_.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, dimensions);
    convolution_.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, one.data(), 2);
    convolution_.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, stride.data(), 2);
    convolution_.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, padding.data(), 2);
    convolution_.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, padding.data(), 2);
    require(convolution_.finalize(), "cuDNN: describing a convolution failed");
  }

  /// False where cuDNN does not know such a graph.
  [[nodiscard]] bool finalize() {
    if (!(task_.direction == Direction::forward ? add_forward() : add_gradient())) return false;
    graph_ = Descriptor(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    std::vector<cudnnBackendDescriptor_t> operations;
    for (const Descriptor& operation : operations_) operations.push_back(operation.get());
    graph_.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, handle());
    graph_.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, operations.data(),
               operations.size());
    return graph_.finalize();
  }
  [[nodiscard]] const Descriptor& get() const { return graph_; }

 private:
  static constexpr float one = 1, zero = 0;

  [[nodiscard]] std::array<std::int64_t, 4> output() const {
    return {task_.g.batch, task_.g.out_channels, task_.g.out_height, task_.g.out_width};
  }
  /// The result of an operation: y itself behind the last one, else a value that is never written.
  const Descriptor& result(Name name, bool last) {
    tensors_.push_back(last ? tensor(y, task_.type, output())
                            : tensor(name, CUDNN_DATA_FLOAT, output(), true));
    return tensors_.back();
  }

  bool add_forward() {
    Descriptor o(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
    const Descriptor* value = &result(product, !task_.bias && !task_.addend && !task_.relu);
    o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, one);
    o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, zero);
    o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, convolution_);
    o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x_);
    o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w_);
    o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, *value);
    if (!o.finalize()) return false;
    operations_.push_back(std::move(o));
    if (task_.addend) {
      tensors_.push_back(tensor(addend, task_.type, output()));
      const Descriptor& other = tensors_.back();
      const Descriptor& sum = result(with_addend, !task_.bias && !task_.relu);
      if (!pointwise(CUDNN_POINTWISE_ADD, *value, &other, sum)) return false;
      value = &sum;
    }
    if (task_.bias) {
      tensors_.push_back(tensor(bias, task_.type, {1, task_.g.out_channels, 1, 1}));
      const Descriptor& other = tensors_.back();
      const Descriptor& sum = result(with_bias, !task_.relu);
      if (!pointwise(CUDNN_POINTWISE_ADD, *value, &other, sum)) return false;
      value = &sum;
    }
    return !task_.relu || pointwise(CUDNN_POINTWISE_RELU_FWD, *value, nullptr, result(y, true));
  }

  bool pointwise(cudnnPointwiseMode_t mode, const Descriptor& a, const Descriptor* b,
                 const Descriptor& to) {
    Descriptor kind(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
    kind.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, mode);
    kind.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, compute);
    if (!kind.finalize()) return false;
    Descriptor o(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    o.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, kind);
    o.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, a);
    if (b != nullptr) o.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *b);
    o.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, to);
    if (!o.finalize()) return false;
    operations_.push_back(std::move(o));
    kinds_.push_back(std::move(kind));
    return true;
  }

  bool add_gradient() {
    const bool of_input = task_.direction == Direction::input_gradient;
    tensors_.push_back(tensor(y, task_.type, output()));
    const Descriptor& dy = tensors_.back();
    const float beta = task_.add ? one : zero;
    Descriptor o(of_input ? CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR
                          : CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR);
    if (of_input) {
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_TYPE_FLOAT, one);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, CUDNN_TYPE_FLOAT, beta);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, convolution_);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, w_);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, x_);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, dy);
    } else {
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_TYPE_FLOAT, one);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, CUDNN_TYPE_FLOAT, beta);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, convolution_);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, x_);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, w_);
      o.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, dy);
    }
    if (!o.finalize()) return false;
    operations_.push_back(std::move(o));
    return true;
  }

  Task task_;
  Descriptor x_, w_, convolution_, graph_;
  std::vector<Descriptor> kinds_, operations_;
  std::deque<Descriptor> tensors_;  // references to them stay valid
};

}  // namespace osteon::gpu::cudnn
