// Convolutions by cuDNN: how its operation graphs are computed. Plans are kept for the next call.
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/cudnn_benchmark.hpp>
#include <osteon/cuda/cudnn_graph.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/stream.hpp>

#include <cudnn.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace osteon::gpu::cudnn {

/// How a graph is computed. It is built when it is first needed, which may take long.
class Plan {
 public:
  Plan(std::shared_ptr<const Graph> graph, Descriptor configuration)
      : graph_(std::move(graph)), configuration_(std::move(configuration)) {}

  /// False where cuDNN cannot, or wants too much memory.
  [[nodiscard]] bool build() {
    if (plan_.get() != nullptr) return true;
    Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, handle());
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration_);
    if (!plan.finalize()) return false;
    std::int64_t values = 0;
    constexpr std::int64_t largest = std::int64_t{2} << 30;
    if (cudnnBackendGetAttribute(plan.get(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                 CUDNN_TYPE_INT64, 1, &values,
                                 &workspace_) != CUDNN_STATUS_SUCCESS ||
        workspace_ > largest) {
      return false;
    }
    plan_ = std::move(plan);
    return true;
  }

  /// Of a plan that is built. False where cuDNN fails, which some plans do only when they run, or
  /// memory is used up.
  [[nodiscard]] bool run(const std::vector<std::int64_t>& names,
                         const std::vector<const void*>& data) const {
    const Scratch<std::byte> memory(workspace_, std::nothrow);
    std::byte* const workspace = memory.data();
    if (workspace == nullptr && workspace_ > 0) return false;
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
  std::int64_t workspace_ = 0;
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

/// Adds the plans for a graph, none of them built, cuDNN's favourite first.
inline void add_plans(const Task& task, const std::shared_ptr<const Graph>& graph,
                      cudnnBackendHeurMode_t mode, std::vector<Plan>& found) {
  Descriptor heuristic(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph->get());
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
  if (!heuristic.finalize()) return;
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
    return;
  }
  for (std::int64_t i = 0; i < std::min(count, most); ++i) {
    Descriptor& configuration = configurations[static_cast<std::size_t>(i)];
    Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
    cudnnBackendDescriptor_t raw_engine = engine.get();
    std::int64_t engines = 0;
    if (cudnnBackendGetAttribute(configuration.get(), CUDNN_ATTR_ENGINECFG_ENGINE,
                                 CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &engines,
                                 &raw_engine) == CUDNN_STATUS_SUCCESS &&
        is_allowed(task, raw_engine)) {
      found.emplace_back(graph, std::move(configuration));
    }
  }
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

/// The plans that can be built and do run, the fastest first; a few of them.
inline std::vector<Plan> measured(const Task& task, const Arguments& arguments,
                                  std::vector<Plan> plans) {
  // Into other memory: a result may be added to what its own holds.
  const Conv2dGeometry& g = task.g;
  const Index largest = std::max(
      {g.batch * g.in_channels * g.in_height * g.in_width, g.rows() * g.out_channels, g.weights()});
  const Scratch<float> elsewhere(largest, std::nothrow);
  if (elsewhere.data() == nullptr) return plans;
  Arguments trial = arguments;
  trial.data.back() = elsewhere.data();
  constexpr std::size_t tried = 8, kept = 4;
  std::vector<std::pair<float, Plan>> timed;
  std::size_t built = 0;
  for (Plan& plan : plans) {
    if (!plan.build()) continue;
    const auto time = measure([&] { return plan.run(trial.names, trial.data); });
    if (time) timed.emplace_back(*time, std::move(plan));
    if (++built == tried) break;
  }
  std::ranges::stable_sort(timed, {}, &std::pair<float, Plan>::first);
  plans.clear();
  for (auto& [time, plan] : timed) {
    if (plans.size() < kept) plans.push_back(std::move(plan));
  }
  return plans;
}

/// The plans for a task, the best first.
inline std::vector<Plan> plans_for(const Task& task, const Arguments& arguments) {
  std::vector<Plan> plans;
  const auto graph = std::make_shared<Graph>(task);
  if (!graph->finalize()) return plans;
  add_plans(task, graph, CUDNN_HEUR_MODE_A, plans);
  if (cudnn_benchmark() && !plans.empty()) plans = measured(task, arguments, std::move(plans));
  add_plans(task, graph, CUDNN_HEUR_MODE_FALLBACK, plans);
  return plans;
}

/// Runs a task over memory; false where cuDNN has no plan for it, and nothing is done. A plan that
/// fails is not asked again, and the next best takes its place; while a pass is recorded, a plan
/// that fails is no worse for it, but the recording is: osteon::Error.
inline bool run(const Task& task, const Arguments& arguments) {
  if (!arguments.are_aligned()) return false;
  thread_local std::map<decltype(task.key()), std::vector<Plan>> known;
  const auto key = task.key();
  auto place = known.find(key);
  if (place == known.end()) {
    // Making plans waits and measures, which cannot be recorded.
    require(!is_recording(), "cuDNN: a convolution is new to it while a pass is recorded");
    place = known.emplace(key, plans_for(task, arguments)).first;
  }
  std::vector<Plan>& plans = place->second;
  while (!plans.empty()) {
    Plan& best = plans.front();
    if (best.build() && best.run(arguments.names, arguments.data)) return true;
    require(!is_recording(), "cuDNN: a convolution failed while a pass was recorded");
    plans.erase(plans.begin());
  }
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

}  // namespace osteon::gpu::cudnn
