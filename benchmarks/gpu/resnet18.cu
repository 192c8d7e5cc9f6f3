// ResNet-18 on a GPU at 224 pixels: training steps, inference, SynFlow; in float, in TF32 and with
// activations of bfloat16. benchmarks/gpu/run compares the figures with PyTorch's.
//
//   gpu_resnet18 [--json FILE] [--seconds S] [--only NAME...]
#include <osteon/cuda/cuda.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/prune.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace osteon;

constexpr Index pixels = 224;
template <class T>
using Net = Model<models::ResNet18<2>, Shape<3, pixels, pixels>, T, Cuda>;

struct Options {
  const char* json = nullptr;
  double seconds = 2;  // of measuring, a row
  std::vector<std::string> only;
};

struct Row {
  std::string name, precision;
  Index batch;
  double milliseconds;
  gpu::ReplayCounts passes{};
};

constexpr const char* convolutions_by =
    gpu::has_cudnn ? "cuDNN" : (gpu::has_cublas ? "cuBLAS" : "Thrust");

/// Without what would end a JSON string.
std::string plain(std::string text) {
  for (char& c : text) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

double now() {
  using Seconds = std::chrono::duration<double>;
  return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void wait() { gpu::check_cuda(cudaStreamSynchronize(gpu::stream()), "waiting"); }

/// The median milliseconds of step(), which is repeated for so many seconds after a few that warm
/// up. A sample is `group` steps, between which the host does not wait.
template <class Step>
double median_milliseconds(double seconds, int group, const Step& step) {
  for (int i = 0; i < 5; ++i) step();
  wait();
  std::vector<double> samples;
  const double begin = now();
  while (samples.size() < 5 || (now() - begin < seconds && samples.size() < 1000)) {
    const double start = now();
    for (int i = 0; i < group; ++i) step();
    wait();
    samples.push_back(1e3 * (now() - start) / group);
  }
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

template <class T>
void draw(const TensorView<T, Batched<Shape<3, pixels, pixels>>, ChannelsLast, Cuda>& x) {
  HostMirror mirror(x);
  Random random(1);
  for (T& value : mirror.span()) value = static_cast<T>(random.normal());
  mirror.write_back();
}

template <class T>
double train(Index batch, double seconds) {
  auto net = Net<T>::create(42);
  optim::Adam adam(net, {.learning_rate = 1e-3});
  typename Net<T>::InputTensor x(batch);
  draw(x.view());
  std::vector<int> labels;
  for (Index n = 0; n < batch; ++n) labels.push_back(static_cast<int>(n % 2));
  typename Net<T>::OutputTensor dy(batch);
  std::uint64_t step = 0;
  const double milliseconds = median_milliseconds(seconds, 10, [&] {
    const auto y = net.forward(x, nn::Mode::training, step++);
    nn::CrossEntropyLoss{}(y, labels, dy.view());
    net.zero_gradients();
    net.backward(dy);
    adam.step(net);
  });
  require(all_finite(net.parameters()), "training has left float's range");
  return milliseconds;
}

template <class T>
double infer(Index batch, double seconds) {
  auto net = Net<T>::create(42);
  auto fast = optimize_for_inference(net, batch);
  typename Net<T>::InputTensor x(batch);
  draw(x.view());
  return median_milliseconds(seconds, 1, [&] { fast.predict(x); });
}

/// 100 iterations to 95 %, scored in double.
double synflow() {
  const auto net = Net<float>::create(42);
  const auto prune = [&] { return prune::synflow(net, {.sparsity = 0.95, .iterations = 100}); };
  (void)prune::synflow(net, {.sparsity = 0.5, .iterations = 3});  // warms up
  wait();
  const double start = now();
  const auto mask = prune();
  wait();
  const double milliseconds = 1e3 * (now() - start);
  const Index kept = prune::kept_count(Net<float>::prunable_count, 0.05);
  require(mask.kept() == kept, "SynFlow kept ", mask.kept(), " weights, not ", kept);
  return milliseconds;
}

class Benchmark {
 public:
  explicit Benchmark(Options options) : options_(std::move(options)) {}

  void run() {
    for (const char* const precision : {"bf16", "tf32", "fp32"}) {
      gpu::set_tf32(std::strcmp(precision, "tf32") == 0);
      const bool half = std::strcmp(precision, "bf16") == 0;
      for (const Index batch : {64, 256}) {
        row("train", precision, batch, [&] {
          return half ? train<BFloat16>(batch, options_.seconds)
                      : train<float>(batch, options_.seconds);
        });
      }
      for (const Index batch : {1, 64, 256}) {
        row("infer", precision, batch, [&] {
          return half ? infer<BFloat16>(batch, options_.seconds)
                      : infer<float>(batch, options_.seconds);
        });
      }
    }
    if (wanted("synflow_100")) add("synflow_100", "fp64", 1, synflow);
  }

 private:
  [[nodiscard]] bool wanted(const std::string& name) const {
    return options_.only.empty() || std::ranges::find(options_.only, name) != options_.only.end();
  }
  template <class Measure>
  void row(const char* what, const char* precision, Index batch, const Measure& measure) {
    const std::string name = concat(what, "_", pixels, "_b", batch, "_", precision);
    if (wanted(name)) add(name, precision, batch, measure);
  }
  template <class Measure>
  void add(const std::string& name, const char* precision, Index batch, const Measure& measure) {
    const gpu::ReplayCounts before = gpu::replay_counts();
    Row row{name, precision, batch, measure(), gpu::replay_counts()};
    row.passes.recorded -= before.recorded;
    row.passes.replayed -= before.replayed;
    row.passes.failed -= before.failed;
    const double rate = 1e3 * static_cast<double>(row.batch) / row.milliseconds;
    std::printf("%-22s %10.3f ms %12.1f images/s\n", row.name.c_str(), row.milliseconds, rate);
    if (row.passes.failed > 0) {
      std::printf("%lld passes could not be recorded: %s\n",
                  static_cast<long long>(row.passes.failed), row.passes.reason.c_str());
    }
    std::fflush(stdout);
    rows_.push_back(row);
    write();
  }
  /// The rows so far; names are plain words.
  void write() const {
    if (options_.json == nullptr) return;
    const std::string unfinished = concat(options_.json, ".part");
    std::FILE* const file = std::fopen(unfinished.c_str(), "w");
    require(file != nullptr, unfinished, ": cannot be written");
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Row& row = rows_[i];
      std::fprintf(
          file,
          "%s{\"name\": \"%s\", \"ms\": %.6g, \"images_per_second\": %.6g, "
          "\"precision\": \"%s\", \"batch\": %lld, \"pixels\": %lld, "
          "\"convolutions\": \"%s\", \"cudnn\": %zu, \"recorded\": %lld, "
          "\"replayed\": %lld, \"not_recorded\": %lld, \"why_not_recorded\": \"%s\"}",
          i == 0 ? "[" : ",\n ", row.name.c_str(), row.milliseconds,
          1e3 * static_cast<double>(row.batch) / row.milliseconds, row.precision.c_str(),
          static_cast<long long>(row.batch), static_cast<long long>(pixels), convolutions_by,
          gpu::cudnn_version(), static_cast<long long>(row.passes.recorded),
          static_cast<long long>(row.passes.replayed), static_cast<long long>(row.passes.failed),
          row.passes.failed > 0 ? plain(row.passes.reason).c_str() : "");
    }
    std::fprintf(file, "]\n");
    require(std::fclose(file) == 0 && std::rename(unfinished.c_str(), options_.json) == 0,
            options_.json, ": cannot be written");
  }

  Options options_;
  std::vector<Row> rows_;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    require(i + 1 < argc, flag, " needs a value");
    if (flag == "--json") {
      options.json = argv[++i];
    } else if (flag == "--seconds") {
      options.seconds = std::atof(argv[++i]);
      require(options.seconds > 0, "--seconds is a number above 0");
    } else if (flag == "--only") {
      while (i + 1 < argc && argv[i + 1][0] != '-') options.only.emplace_back(argv[++i]);
    } else {
      fail("unknown flag ", flag, "; there are --json FILE, --seconds S, --only NAME...");
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    require_cuda_device();
    cudaDeviceProp device{};
    gpu::check_cuda(cudaGetDeviceProperties(&device, 0), "asking for the device");
    std::printf("%s, ResNet-18, %lld pixels, convolutions by %s %zu\n", device.name,
                static_cast<long long>(pixels), convolutions_by, gpu::cudnn_version());
    gpu::set_cudnn_benchmark(true);
    Benchmark(options).run();
  } catch (const Error& error) {
    std::fprintf(stderr, "gpu_resnet18: %s\n", error.what());
    return 1;
  }
}
