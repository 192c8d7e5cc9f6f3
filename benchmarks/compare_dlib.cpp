// How fast is ResNet-18 here, and how fast is the same network as a template of dlib's? Both take
// turns in one process on the same weights and the same images; what they compute must be equal.
// Peak memory is measured for each alone.
//
//   compare_dlib [--row NAME]... [--threads N] [--repetitions N] [--json FILE]
//
// dlib gets its best form: biases that batch normalisation makes superfluous are off, and for
// inference batch normalisation is fused into the convolutions. Its convolutions are matrix
// products of a BLAS, so which BLAS is loaded decides; the program prints its path.
#include "program.hpp"
#include "resnet18.hpp"
#include <dlib/dnn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace osteon;
namespace fs = std::filesystem;

namespace {

// torchvision's ResNet-18: unlike dlib's own ResNets it pads where it strides, and its shortcuts
// are projections. BN is bn_con to train and affine to predict.
template <int N, int K, int Stride, typename Net>
using conv = dlib::add_layer<dlib::con_<N, K, K, Stride, Stride, K / 2, K / 2>, Net>;
template <template <typename> class BN, int N, int Stride, typename Net>
using branch = BN<conv<N, 3, 1, dlib::relu<BN<conv<N, 3, Stride, dlib::tag1<Net>>>>>>;
template <template <typename> class BN, int N, typename Net>
using block = dlib::relu<dlib::add_prev1<branch<BN, N, 1, Net>>>;
template <template <typename> class BN, int N, typename Net>
using down =
    dlib::relu<dlib::add_prev2<BN<conv<N, 1, 2, dlib::skip1<dlib::tag2<branch<BN, N, 2, Net>>>>>>>;
template <template <typename> class BN, typename Net>
using stem =
    dlib::add_layer<dlib::max_pool_<3, 3, 2, 2, 1, 1>, dlib::relu<BN<conv<64, 7, 2, Net>>>>;
template <template <typename> class BN, int N, typename Net>
using stage = block<BN, N, down<BN, N, Net>>;
template <template <typename> class BN>
using ResNet18 = dlib::loss_multiclass_log<dlib::fc<
    2, dlib::avg_pool_everything<stage<
           BN, 512,
           stage<BN, 256,
                 stage<BN, 128, block<BN, 64, block<BN, 64, stem<BN, dlib::input_rgb_image>>>>>>>>>;

/// The layers with weights, from the last one to the first; batch normalisation gets PyTorch's
/// epsilon.
struct FindWeights {
  std::vector<dlib::tensor*>& found;

  template <long N, long H, long W, int SY, int SX, int PY, int PX>
  void operator()(std::size_t, dlib::con_<N, H, W, SY, SX, PY, PX>& layer) const {
    found.push_back(&layer.get_layer_params());
  }
  void operator()(std::size_t, dlib::fc_<2, dlib::FC_HAS_BIAS>& layer) const {
    found.push_back(&layer.get_layer_params());
  }
  template <class Other>
  void operator()(std::size_t, Other&) const {}
};
struct SetEpsilon {
  void operator()(std::size_t, dlib::bn_<dlib::CONV_MODE>& layer) const {
    layer = dlib::bn_<dlib::CONV_MODE>(100, 1e-5);
  }
  template <class Other>
  void operator()(std::size_t, Other&) const {}
};

/// dlib's side of a row, with the weights and images of an example that ours has saved.
class DlibWork {
 public:
  DlibWork(const bench::Row& row, const fs::path& folder) : x_(row.batch, 3, row.size, row.size) {
    const auto example = io::SafetensorsFile::read(folder / "example.safetensors");
    const auto pixels = example.read_as<float>("input");
    float* to = x_.host();
    for (Index n = 0; n < row.batch; ++n) {
      for (Index c = 0; c < 3; ++c) {
        for (Index i = 0; i < row.size * row.size; ++i)
          *to++ = pixels[static_cast<std::size_t>((n * row.size * row.size + i) * 3 + c)];
      }
    }
    auto net = std::make_unique<TrainingNet>();
    dlib::disable_duplicative_biases(*net);
    dlib::visit_computational_layers(*net, SetEpsilon{});
    // One image allocates the layers and leaves the running statistics alone.
    const dlib::matrix<dlib::rgb_pixel> image(row.size, row.size);
    dlib::resizable_tensor one;
    net->to_tensor(&image, &image + 1, one);
    net->forward(one);
    load_weights(*net, io::SafetensorsFile::read(folder / "weights.safetensors"));
    if (row.training) {
      for (const auto label : example.read_as<std::int64_t>("labels"))
        labels_.push_back(static_cast<unsigned long>(label));
      solvers_.assign(TrainingNet::num_computational_layers, dlib::adam(0, 0.9F, 0.999F));
      training_ = std::move(net);
    } else {
      inference_ = std::make_unique<InferenceNet>(*net);
      dlib::fuse_layers(*inference_);
    }
  }

  /// Forward and, in training, backward; returns the logits (N, 2).
  std::vector<float> compute() {
    if (training_) training_->compute_parameter_gradients(x_, labels_.begin());
    const dlib::tensor& logits =
        training_ ? training_->subnet().get_output() : inference_->forward(x_);
    return {logits.begin(), logits.end()};
  }

  void run() {
    compute();
    if (training_) training_->update_parameters(solvers_, 1e-4);
  }

 private:
  using TrainingNet = ResNet18<dlib::bn_con>;
  using InferenceNet = ResNet18<dlib::affine>;

  /// The file lists the layers in their order, and dlib's filters lie as PyTorch's do; its linear
  /// layer is transposed, with the bias behind it.
  static void load_weights(TrainingNet& net, const io::SafetensorsFile& file) {
    std::vector<dlib::tensor*> targets;
    dlib::visit_computational_layers(net, FindWeights{targets});
    for (const io::TensorInfo& info : file.tensors()) {
      const auto size = info.shape.size();
      if (!info.name.ends_with(".weight") || size < 2) continue;
      require(!targets.empty(), "dlib's network has fewer layers than the file");
      dlib::tensor& target = *targets.back();
      targets.pop_back();
      auto values = file.read_as<float>(info.name);
      if (size == 2) {
        const std::size_t inputs = values.size() / 2;
        std::vector<float> transposed = file.read_as<float>("fc.bias");
        transposed.insert(transposed.begin(), values.size(), 0);
        for (std::size_t i = 0; i < values.size(); ++i)
          transposed[i % inputs * 2 + i / inputs] = values[i];
        values = std::move(transposed);
      }
      require(values.size() == target.size(), info.name, " has ", values.size(),
              " values, dlib's layer ", target.size());
      std::ranges::copy(values, target.host());
    }
    require(targets.empty(), "dlib's network has more layers than the file");
  }

  dlib::resizable_tensor x_;
  std::vector<unsigned long> labels_;
  std::unique_ptr<TrainingNet> training_;
  std::unique_ptr<InferenceNet> inference_;
  std::vector<dlib::adam> solvers_;
};

/// The largest difference of the logits, of the largest one.
double difference(const bench::Row& row, const fs::path& folder) {
  const auto ours =
      io::SafetensorsFile::read(folder / "example.safetensors").read_as<float>("logits");
  const auto theirs = DlibWork(row, folder).compute();
  require(ours.size() == theirs.size(), "dlib gives ", theirs.size(), " logits, not ", ours.size());
  double largest = 0, apart = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(ours[i])));
    apart = std::max(apart, static_cast<double>(std::abs(ours[i] - theirs[i])));
  }
  return apart / largest;
}

struct Times {
  bench::Spread ours, dlib, ratio;
};

Times take_turns(const bench::Row& row, const fs::path& folder, int repetitions) {
  const auto ours = bench::make_work(row);
  DlibWork theirs(row, folder);
  const std::function<void()> bodies[] = {[&] { ours->run(); }, [&] { theirs.run(); }};
  const auto samples = bench::take_turns(repetitions, bodies);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < samples[0].size(); ++i)
    ratios.push_back(samples[1][i] / samples[0][i]);
  return {bench::spread(samples[0]), bench::spread(samples[1]), bench::spread(ratios)};
}

io::Json compare(const bench::Row& row, const bench::Options& options) {
  const bench::TemporaryFolder folder;
  const auto alone = [&](const auto& body) {
    return bench::in_own_process([&] {
      cpu::set_num_threads(options.threads);
      return body();
    });
  };
  alone([&] {
    bench::make_work(row)->save_example(folder.path());
    return 0;
  });
  const double apart = alone([&] { return difference(row, folder.path()); });
  require(apart < 1e-3, row.name, ": the logits differ by ", apart, " of the largest");
  const auto peak = [](auto& work) {
    work.run();
    work.run();
    return bench::peak_megabytes();
  };
  const double our_peak = alone([&] { return peak(*bench::make_work(row)); });
  const double dlib_peak = alone([&] {
    DlibWork work(row, folder.path());
    return peak(work);
  });
  const Times t = alone([&] { return take_turns(row, folder.path(), options.repetitions); });
  std::printf("%-14s %9.1f %9.1f %8.2f (%.2f-%.2f) %8.0f %8.0f %9.1e\n", row.name.data(),
              t.ours.median, t.dlib.median, t.ratio.median, t.ratio.low, t.ratio.high, our_peak,
              dlib_peak, apart);
  io::Json result{{"name", row.name}};
  bench::put(result, "ours", t.ours);
  bench::put(result, "dlib", t.dlib);
  result["ratio"] = t.ratio.median;
  result["ratio_low"] = t.ratio.low;
  result["ratio_high"] = t.ratio.high;
  result["ours_peak_megabytes"] = our_peak;
  result["dlib_peak_megabytes"] = dlib_peak;
  result["difference"] = apart;
  return result;
}

/// The path of the BLAS that this process has loaded.
std::string loaded_blas() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto path = line.find('/');
    if (path != std::string::npos && line.find("blas", path) != std::string::npos)
      return line.substr(path);
  }
  return "none";
}

void compare_rows(const std::vector<std::string>& names, const bench::Options& options) {
  const std::string blas = loaded_blas();
  std::printf("ResNet-18, 2 classes, on %s, %d thread(s), median of %d; dlib's BLAS: %s\n",
              bench::processor().c_str(), options.threads, options.repetitions, blas.c_str());
  if (blas.find("openblas") == std::string::npos && blas.find("mkl") == std::string::npos)
    std::printf(
        "That is no fast BLAS, so dlib is slower than it could be: apt-get install "
        "libopenblas0-pthread\n");
  std::printf("\n%-14s %9s %9s %22s %8s %8s %9s\n", "row", "ours ms", "dlib ms",
              "times as fast (half)", "ours MB", "dlib MB", "apart");
  io::Json results = io::Json::array();
  for (const std::string& name : names) {
    results.push_back(compare(bench::find_row(name), options));
    results.back()["blas"] = blas;
  }
  bench::write_rows(options, results);
}

/// OpenBLAS 0.3.21 knows no AMD processor with AVX-512 and takes such a one for an old one.
std::string openblas_core() {
  const char* chosen = std::getenv("OPENBLAS_CORETYPE");
  if (chosen != nullptr) return chosen;
  return __builtin_cpu_supports("avx512f") != 0 ? "SkylakeX" : "";
}

}  // namespace

int main(int argc, char** argv) {
  cli::CommandLine line("ResNet-18 beside dlib's", "compare_dlib");
  std::vector<std::string> names;
  for (const bench::Row& row : bench::rows) names.emplace_back(row.name);
  line.add("--row", names, "Rows to compare; default: all").choices(names).hide_default();
  bench::Options options;
  return bench::run_program(line, options, argc, argv, [&] {
    bench::need_environment(argv, {{"OPENBLAS_NUM_THREADS", std::to_string(options.threads)},
                                   {"OPENBLAS_CORETYPE", openblas_core()}});
    compare_rows(names, options);
  });
}
