// concat() takes text and numbers; anything else is refused, by the name of the function.
// expect-regex: error: no matching function for call to .*append_text
// expect-regex: Point
#include <osteon/core/error.hpp>

struct Point {
  int x, y;
};

int main() {
  const Point point{1, 2};
#if defined(OSTEON_CONTROL)
  return osteon::concat("at ", point.x, ' ', point.y).empty();
#else
  return osteon::concat("at ", point).empty();
#endif
}
