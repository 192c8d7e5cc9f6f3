#include <osteon/cpu/cpu.hpp>
#include <osteon/io/host_state.hpp>
#include <osteon/models/mlp.hpp>
#include <osteon/nn/model.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/magnitude.hpp>

#include <doctest/doctest.h>

using namespace osteon;
using Net = Model<models::MLP<Shape<16>, 2>, Shape<12>>;

// The GPU's are in tests/cuda/training.cpp.
TEST_CASE("HostModelState: on the Cpu it is the model's own memory") {
  Net net = Net::create(1);
  io::HostModelState host(net);
  auto state = host.state();
  CHECK(state.parameters.data() == net.parameters().data());
  CHECK(state.buffers.data() == net.buffers().data());
  state.parameters[3] = 42;
  state.batches_tracked = 9;
  host.write_back(state);
  CHECK(net.parameters().span()[3] == 42);
  CHECK(net.batches_tracked() == 9);
}

TEST_CASE("HostTrainingState: optimizer and mask too") {
  Net net = Net::create(1);
  optim::Adam<Net> adam(net);
  prune::Mask<Net> mask;
  io::HostTrainingState host(net, adam, mask);
  auto state = host.state();
  CHECK(state.mask.data() == mask.span().data());
  REQUIRE(state.optimizer.size() == 2);
  CHECK(state.optimizer[0].first == "exp_avg");
  CHECK(state.optimizer[1].second.data() == adam.states()[1]->span().data());
  state.mask[5] = 0;
  state.seed = 77;
  state.steps = 12;
  host.write_back(state);
  CHECK(mask.span()[5] == 0);
  CHECK(net.seed() == 77);
  CHECK(adam.steps() == 12);
}
