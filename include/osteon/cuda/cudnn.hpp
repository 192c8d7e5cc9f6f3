// The one door to cuDNN: convolutions over channels-last memory, as operation graphs (cuDNN's
// backend API), whose plans are kept for the next call.
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/float16.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/stream.hpp>
#include <osteon/cuda/tf32.hpp>

#include <cudnn.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon::gpu {

namespace detail {
inline std::atomic<bool> measure_plans{false};
}
/// Whether the plans of a convolution are timed when it is first met, and the fastest is taken
/// (torch.backends.cudnn.benchmark); otherwise cuDNN's own guess. Off by default: which one is the
/// fastest may change from run to run, and with it the last bits of the results.
inline void set_cudnn_benchmark(bool on) { detail::measure_plans = on; }

namespace cudnn {

inline void check(cudnnStatus_t status, const char* what) {
  require(status == CUDNN_STATUS_SUCCESS, "cuDNN: ", what,
          " failed: ", cudnnGetErrorString(status));
}

/// The calling thread's handle.
inline cudnnHandle_t handle() {
  // Never destroyed: at exit the driver may be gone before it.
  thread_local const cudnnHandle_t created = [] {
    cudnnHandle_t fresh = nullptr;
    check(cudnnCreate(&fresh), "creating a handle");
    check(cudnnSetStream(fresh, stream()), "setting the stream");
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

/// How a graph is computed.
class Plan {
 public:
  Plan(std::shared_ptr<const Graph> graph, Descriptor configuration, Descriptor plan,
       Index workspace)
      : graph_(std::move(graph)),
        configuration_(std::move(configuration)),
        plan_(std::move(plan)),
        workspace_(workspace) {}

  /// False where cuDNN fails: some plans do only when they run.
  [[nodiscard]] bool run(const std::vector<std::int64_t>& names,
                         const std::vector<const void*>& data) const {
    const Scratch<std::byte> memory(workspace_);
    std::byte* const workspace = memory.data();
    Descriptor arguments(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    arguments.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, names.data(), names.size());
    arguments.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, data.data(),
                  data.size());
    arguments.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, workspace);
    return arguments.finalize() &&
           cudnnBackendExecute(handle(), plan_.get(), arguments.get()) == CUDNN_STATUS_SUCCESS;
  }

 private:
  // What the plan is made of lives as long as it.
  std::shared_ptr<const Graph> graph_;
  Descriptor configuration_, plan_;
  Index workspace_;
};

/// Whether an engine may be taken: its results do not change from run to run, and it rounds to TF32
/// only where that is allowed.
inline bool is_allowed(const Task& task, cudnnBackendDescriptor_t engine) {
  std::array<cudnnBackendNumericalNote_t, CUDNN_NUMERICAL_NOTE_TYPE_COUNT> notes{};
  std::int64_t count = 0;
  if (cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                               static_cast<std::int64_t>(notes.size()), &count,
                               notes.data()) != CUDNN_STATUS_SUCCESS) {
    return false;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const cudnnBackendNumericalNote_t note = notes[static_cast<std::size_t>(i)];
    if (note == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC) return false;
    const bool rounds = note == CUDNN_NUMERICAL_NOTE_TENSOR_CORE ||
                        note == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;
    if (rounds && task.type == CUDNN_DATA_FLOAT && !task.tf32) return false;
  }
  return true;
}

/// Plans for a graph, cuDNN's favourite first; at most `wanted`.
inline std::vector<Plan> plans(const Task& task, const std::shared_ptr<const Graph>& graph,
                               cudnnBackendHeurMode_t mode, std::size_t wanted) {
  std::vector<Plan> found;
  Descriptor heuristic(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph->get());
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
  if (!heuristic.finalize()) return found;
  constexpr std::int64_t most = 32;
  std::vector<Descriptor> configurations;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (std::int64_t i = 0; i < most; ++i) {
    configurations.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    raw.push_back(configurations.back().get());
  }
  std::int64_t count = 0;
  if (cudnnBackendGetAttribute(heuristic.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                               CUDNN_TYPE_BACKEND_DESCRIPTOR, most, &count,
                               raw.data()) != CUDNN_STATUS_SUCCESS) {
    return found;
  }
  for (std::int64_t i = 0; i < std::min(count, most) && found.size() < wanted; ++i) {
    Descriptor& configuration = configurations[static_cast<std::size_t>(i)];
    Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
    cudnnBackendDescriptor_t raw_engine = engine.get();
    std::int64_t engines = 0;
    if (cudnnBackendGetAttribute(configuration.get(), CUDNN_ATTR_ENGINECFG_ENGINE,
                                 CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &engines,
                                 &raw_engine) != CUDNN_STATUS_SUCCESS ||
        !is_allowed(task, raw_engine)) {
      continue;
    }
    Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, handle());
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
    if (!plan.finalize()) continue;
    std::int64_t workspace = 0, values = 0;
    if (cudnnBackendGetAttribute(plan.get(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                 CUDNN_TYPE_INT64, 1, &values,
                                 &workspace) != CUDNN_STATUS_SUCCESS) {
      continue;
    }
    constexpr std::int64_t largest = std::int64_t{2} << 30;
    if (workspace > largest) continue;
    found.emplace_back(graph, std::move(configuration), std::move(plan), workspace);
  }
  return found;
}

/// Milliseconds of a call, the best of a few; none if it fails.
template <class Call>
std::optional<float> measure(const Call& call) {
  cudaEvent_t begin = nullptr, end = nullptr;
  check_cuda(cudaEventCreate(&begin), "creating an event");
  check_cuda(cudaEventCreate(&end), "creating an event");
  std::optional<float> best;
  for (int i = 0; i < 4; ++i) {
    cudaEventRecord(begin, stream());
    const bool ran = call();
    cudaEventRecord(end, stream());
    float milliseconds = 0;
    if (!ran || cudaEventSynchronize(end) != cudaSuccess ||
        cudaEventElapsedTime(&milliseconds, begin, end) != cudaSuccess) {
      best.reset();
      break;
    }
    if (i > 0 && (!best || milliseconds < *best)) best = milliseconds;  // the first warms up
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  return best;
}

/// The memory of a graph's tensors. The result comes last.
struct Arguments {
  std::vector<std::int64_t> names;
  std::vector<const void*> data;

  void add(Name name, const void* memory) {
    names.push_back(name);
    data.push_back(memory);
  }
  /// Plans are made for memory that vectors of 16 bytes can be read from.
  [[nodiscard]] bool are_aligned() const {
    return std::ranges::all_of(
        data, [](const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 == 0; });
  }
};

/// The best plan for a task, if there is any.
inline std::optional<Plan> make_plan(const Task& task, const Arguments& arguments) {
  const auto graph = std::make_shared<Graph>(task);
  if (!graph->finalize()) return std::nullopt;
  const bool measures = detail::measure_plans;
  std::vector<Plan> candidates = plans(task, graph, CUDNN_HEUR_MODE_A, measures ? 8 : 1);
  if (candidates.empty()) candidates = plans(task, graph, CUDNN_HEUR_MODE_FALLBACK, 1);
  if (candidates.empty()) return std::nullopt;
  if (!measures) return std::move(candidates.front());
  // Into other memory: a result may be added to what its own holds.
  const Conv2dGeometry& g = task.g;
  const Index largest = std::max(
      {g.batch * g.in_channels * g.in_height * g.in_width, g.rows() * g.out_channels, g.weights()});
  const Scratch<float> elsewhere(largest);
  Arguments trial = arguments;
  trial.data.back() = elsewhere.data();
  Plan* fastest = nullptr;
  float best = std::numeric_limits<float>::infinity();
  for (Plan& candidate : candidates) {
    const auto time = measure([&] { return candidate.run(trial.names, trial.data); });
    if (!time || *time >= best) continue;
    best = *time;
    fastest = &candidate;
  }
  if (fastest == nullptr) return std::nullopt;
  return std::move(*fastest);
}

/// Runs a task over memory; false where cuDNN has no plan for it, and nothing is done.
inline bool run(const Task& task, const Arguments& arguments) {
  if (!arguments.are_aligned()) return false;
  thread_local std::map<decltype(task.key()), std::optional<Plan>> known;
  const auto [place, is_new] = known.try_emplace(task.key());
  std::optional<Plan>& plan = place->second;
  if (is_new) plan = make_plan(task, arguments);
  if (!plan) return false;
  if (plan->run(arguments.names, arguments.data)) return true;
  plan.reset();
  return false;
}

/// y = conv(x, weight), through the epilogue.
template <class T>
bool forward(const Conv2dGeometry& g, const T* x_data, const T* weight, const Epilogue<T>& epilogue,
             T* y_data) {
  Arguments arguments;
  arguments.add(x, x_data);
  arguments.add(w, weight);
  if (epilogue.addend != nullptr) arguments.add(addend, epilogue.addend);
  if (epilogue.bias != nullptr) arguments.add(bias, epilogue.bias);
  arguments.add(y, y_data);
  return run({.direction = Direction::forward,
              .type = data_type<T>(),
              .g = g,
              .bias = epilogue.bias != nullptr,
              .addend = epilogue.addend != nullptr,
              .relu = epilogue.relu},
             arguments);
}

/// dx = the gradient of x, or dx += with `add`.
template <class T>
bool backward_input(const Conv2dGeometry& g, const T* dy, const T* weight, T* dx, bool add) {
  Arguments arguments;
  arguments.add(y, dy);
  arguments.add(w, weight);
  arguments.add(x, dx);
  return run({.direction = Direction::input_gradient, .type = data_type<T>(), .g = g, .add = add},
             arguments);
}

/// dweight = the gradient of the weight.
template <class T>
bool backward_weight(const Conv2dGeometry& g, const T* x_data, const T* dy, T* dweight) {
  Arguments arguments;
  arguments.add(x, x_data);
  arguments.add(y, dy);
  arguments.add(w, dweight);
  return run({.direction = Direction::weight_gradient, .type = data_type<T>(), .g = g}, arguments);
}

}  // namespace cudnn
}  // namespace osteon::gpu
