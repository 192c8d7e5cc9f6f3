// A project of its own that uses Osteon as its documentation says: a small typed network answers.
#include <osteon/osteon.hpp>

#if defined(CONSUMER_JSON)
#include <osteon/io/json.hpp>
#endif
#if defined(CONSUMER_IMAGE)
#include <osteon/data/stb_image.hpp>
#endif

#include <cmath>
#include <cstdio>

using Net = osteon::Model<osteon::models::MLP<osteon::Shape<8>, 3>, osteon::Shape<1, 4, 4>>;
static_assert(Net::parameter_count == 16 * 8 + 8 + 8 * 3 + 3);

int main() {
  auto net = Net::create(42);
  Net::InputTensor x(2);
  x = 1.0F;
  const auto y = net.predict(x);
  for (const float logit : y.span()) {
    if (!std::isfinite(logit)) return 1;
  }
  std::printf("consumer: %lld parameters, %lld logits\n",
              static_cast<long long>(Net::parameter_count), static_cast<long long>(y.size()));
  return y.size() == 2 * 3 ? 0 : 1;
}
