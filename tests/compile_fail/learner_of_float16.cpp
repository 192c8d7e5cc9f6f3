// Training in Float16 without loss scaling is refused, with what to use instead.
// expect: osteon: the gradients of Float16 vanish without loss scaling
// expect: use BFloat16, or optim::GradScaler in a loop of your own
#include <osteon/core/float16.hpp>
#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/train/trainer.hpp>

using Net =
    osteon::Model<osteon::nn::Sequential<osteon::nn::GlobalAvgPool2d, osteon::nn::Linear<2>>,
                  osteon::Shape<3, 8, 8>>;
/// Says of itself what a network on the GPU does.
struct HalfNet : Net {
#if defined(OSTEON_CONTROL)
  using activation_type = osteon::BFloat16;
#else
  using activation_type = osteon::Float16;
#endif
};

osteon::train::Learner learner_of(HalfNet& net, osteon::optim::SGD<HalfNet>& sgd,
                                  const osteon::optim::ConstantSchedule& schedule,
                                  const osteon::optim::Dense& all) {
  return osteon::train::learner(net, sgd, schedule, all);
}
