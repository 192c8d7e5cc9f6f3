// The network without its type, so that a run is written and compiled once and not once per size of
// the images.
#pragma once

#include <osteon/io/training_state.hpp>
#include <osteon/train/evaluation.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace osteon::train {
struct Learner;
}
namespace osteon::data {
class Loader;
}

namespace fracture {

namespace io = osteon::io;
namespace train = osteon::train;

struct Options;

class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  /// Layers, parameters and running statistics: what files and reports are made of. Views of host
  /// memory, valid until the next call; what is written there counts once take() has it.
  virtual io::ModelState<float> state() = 0;
  /// Takes over what was written into the state that was given last.
  virtual void take(const io::ModelState<float>& state) = 0;

  /// osteon::nn::restore_batch_norm on the loader's images; `progress` hears of each batch.
  virtual void restore_batch_norm(const std::map<std::string, std::vector<float>>& folded_biases,
                                  const osteon::data::Loader& images,
                                  const std::function<void(std::size_t)>& progress) = 0;

  /// Removes weights as options.pruner says; they stay removed while the network learns.
  virtual void prune(const Options& options) = 0;
  /// The network with a new optimizer; both must outlive what is returned.
  virtual train::Learner learner(const Options& options,
                                 std::function<double(std::uint64_t)> schedule) = 0;
  /// Network, optimizer and mask, of which learner() has made the optimizer; as state().
  virtual io::TrainingState<float> training_state() = 0;
  virtual void take(const io::TrainingState<float>& state) = 0;
  /// The network in evaluation mode.
  virtual train::Scorer scorer() = 0;
};

std::string eigen_version();

/// Throws osteon::Error, which says why, if the network cannot compute on options.device, or not in
/// options.precision.
void require_device(const Options& options);
/// The part of it that a build with nvcc answers.
void require_cuda();

/// A ResNet-18 for two classes, with new weights: a function of the seed alone. Throws
/// osteon::Error on a size that is not compiled in, or a device that is not there.
std::unique_ptr<Network> make_network(const Options& options, std::uint64_t seed);
/// That of a build with nvcc.
std::unique_ptr<Network> make_cuda_network(const Options& options, std::uint64_t seed);

}  // namespace fracture
