#include <osteon/cpu/cpu.hpp>
#include <osteon/io/checkpoint.hpp>
#include <osteon/models/mlp.hpp>
#include <osteon/nn/model.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/magnitude.hpp>

#include "file_size_limit.hpp"
#include "temporary_folder.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace {

using namespace osteon;
using osteon::test::error_of;
using osteon::test::TemporaryFolder;
using Net = Model<models::MLP<Shape<16>, 2>, Shape<12>>;

/// A pruned network in training whose every number differs from a new one's.
struct Run {
  Net net = Net::create(1);
  optim::Adam<Net> adam{net};
  prune::Mask<Net> mask = prune::magnitude(net, {.sparsity = 0.75});
  Run() { mask.apply(net); }
  void step(int count) {
    for (; count > 0; --count) {
      net.gradients() = net.parameters() * 0.5F;
      adam.step(net, mask);
    }
  }
  void save(const std::filesystem::path& path) { io::save_checkpoint(path, net, adam, mask); }
};

/// Model, optimizer and mask before anything was read.
struct Blank {
  Net net = Net::create(2);
  optim::Adam<Net> adam{net};
  prune::Mask<Net> mask;
  std::string load(const std::filesystem::path& path) {
    return error_of([&] { (void)io::load_checkpoint(path, net, adam, mask); });
  }
};

bool equal(std::span<const float> a, std::span<const float> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}
template <class A, class B>
bool same(A& a, B& b) {
  return equal(a.net.parameters().span(), b.net.parameters().span()) && a.mask == b.mask &&
         equal(a.adam.states()[0]->span(), b.adam.states()[0]->span()) &&
         equal(a.adam.states()[1]->span(), b.adam.states()[1]->span()) &&
         a.adam.steps() == b.adam.steps() && a.net.seed() == b.net.seed() &&
         a.net.batches_tracked() == b.net.batches_tracked();
}

void flip(const std::filesystem::path& path, std::size_t byte) {
  std::string content = io::read_file(path);
  content[byte] = static_cast<char>(content[byte] ^ 0x10);
  io::write_file(path, content);
}

}  // namespace

TEST_CASE("a checkpoint is read back whole; a removed weight takes an eighth of a byte") {
  const TemporaryFolder folder;
  const auto path = folder / "run.safetensors";
  Run run;
  run.step(7);
  run.net.set_batches_tracked(7);
  run.save(path);
  Blank blank;
  CHECK(blank.load(path) == "no error");
  CHECK(same(run, blank));

  const auto file = io::SafetensorsFile::read(path);
  const auto kept = std::ranges::count(run.mask.span(), 1);
  CHECK(file.at("model.parameters").shape == std::vector<Index>{kept});
  CHECK(file.at("optimizer.exp_avg").shape == std::vector<Index>{kept});
  CHECK(file.at("mask").shape == std::vector<Index>{(Net::parameter_count + 7) / 8});
  CHECK(kept < Net::parameter_count / 2);
}

TEST_CASE("any damaged byte is found, and nothing is changed then") {
  const TemporaryFolder folder;
  const auto path = folder / "run.safetensors";
  Run run;
  run.step(1);
  run.save(path);
  const std::string whole = io::read_file(path);
  Blank blank, untouched;
  for (std::size_t byte = 0; byte < whole.size(); byte += byte < 64 ? 1 : 37) {
    flip(path, byte);
    CHECK(blank.load(path).find("is damaged or no checkpoint") != std::string::npos);
    flip(path, byte);
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, whole.size() - 1}) {
    io::write_file(path, whole.substr(0, size));
    CHECK(blank.load(path).find("is damaged or no checkpoint") != std::string::npos);
  }
  CHECK(same(blank, untouched));
  io::write_file(path, whole);
  CHECK(blank.load(path) == "no error");
}

TEST_CASE("the one before is kept, and used with a warning when the last is damaged") {
  const TemporaryFolder folder;
  const auto path = folder / "run.safetensors";
  const auto before = io::previous_checkpoint(path);
  CHECK(before == folder / "run.previous.safetensors");
  std::string warning;
  const auto latest = [&] {
    warning.clear();
    const auto file =
        io::read_latest_checkpoint(path, [&](const std::string& text) { warning = text; });
    return file ? file->read_as<std::int64_t>("optimizer.step").at(0) : -1;
  };
  CHECK(latest() == -1);
  Run run;
  for (int i = 1; i <= 3; ++i) {
    run.step(1);
    run.save(path);
    CHECK(latest() == i);
    CHECK(warning.empty());
  }
  CHECK(folder.names() == std::vector<std::string>{"run.previous.safetensors", "run.safetensors"});
  flip(path, 100);
  CHECK(latest() == 2);
  CHECK(warning.find(path.string() + " is damaged") != std::string::npos);
  CHECK(warning.find("going on from the one before, " + before.string()) != std::string::npos);

  // Cut off between two renamings, where the file system has no links.
  std::filesystem::remove(path);
  CHECK(latest() == 2);
  CHECK(warning.empty());

  run.step(1);
  run.save(path);
  CHECK(latest() == 4);
  CHECK(io::read_checkpoint(before).read_as<std::int64_t>("optimizer.step").at(0) == 2);
  flip(path, 100);
  flip(before, 100);
  CHECK(error_of(latest).find("no whole checkpoint is left") != std::string::npos);
}

TEST_CASE("a checkpoint that cannot be written leaves the earlier ones as they were") {
  const TemporaryFolder folder;
  const auto path = folder / "run.safetensors";
  Run run;
  run.step(1);
  run.save(path);
  const std::string whole = io::read_file(path);
  {
    const test::FileSizeLimit limit(1000);
    CHECK(error_of([&] { run.save(path); }).find("exceeds the allowed file size") !=
          std::string::npos);
  }
  CHECK(io::read_file(path) == whole);
  CHECK(folder.names() == std::vector<std::string>{"run.safetensors"});

  run.net.parameters() = 1.0F;
  CHECK(error_of([&] { run.save(path); }).find("call mask.apply(model)") != std::string::npos);
  CHECK(io::read_file(path) == whole);
}

TEST_CASE("a checkpoint of another network or optimizer is refused") {
  const TemporaryFolder folder;
  const auto path = folder / "run.safetensors";
  Run run;
  run.save(path);
  using Wider = Model<models::MLP<Shape<24>, 2>, Shape<12>>;
  Wider wider = Wider::create(1);
  optim::Adam<Wider> adam(wider);
  prune::Mask<Wider> mask;
  CHECK(error_of([&] {
          (void)io::load_checkpoint(path, wider, adam, mask);
        }).find("is not a checkpoint of this network") != std::string::npos);

  Blank blank;
  optim::SGD<Net> sgd(blank.net, {.momentum = 0.9});
  CHECK(error_of([&] {
          (void)io::load_checkpoint(path, blank.net, sgd, blank.mask);
        }).find("optimizer.momentum_buffer is missing") != std::string::npos);
  CHECK(same(blank, *std::make_unique<Blank>()));
}
