#include <osteon/io/xtensor.hpp>

#include "../reference.hpp"
#include "temporary_folder.hpp"
#include <doctest/doctest.h>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xrandom.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using namespace osteon;
using io::as_xtensor;

namespace {

using Image = Shape<dynamic, 3, 4, 5>;

template <class L>
Tensor<float, Image, L> image(Index batch) {
  Tensor<float, Image, L> x(batch);
  test::fill_uniform(x.view(), 1, 0);
  return x;
}

/// Bytes of a .npy file, version 1.0, as NumPy writes them.
std::string npy(const std::string& dictionary, const std::string& data) {
  std::string header = dictionary;
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += {static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  return bytes + header + data;
}

std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

}  // namespace

TEST_CASE_TEMPLATE("as_xtensor: the same elements at the same index, in any layout", L, Contiguous,
                   ChannelsLast) {
  auto x = image<L>(2);
  auto seen = as_xtensor(x);
  REQUIRE(seen.dimension() == 4);
  CHECK((seen.shape(0) == 2 && seen.shape(1) == 3 && seen.shape(2) == 4 && seen.shape(3) == 5));
  for (Index n = 0; n < 2; ++n)
    for (Index c = 0; c < 3; ++c)
      for (Index h = 0; h < 4; ++h)
        for (Index w = 0; w < 5; ++w) CHECK(&seen(n, c, h, w) == &x(n, c, h, w));
  // It is a view: what is written to it is written to the tensor.
  xt::view(seen, 1, 2) = 7.0F;
  CHECK(x(1, 2, 3, 4) == 7);
  CHECK(x(1, 1, 3, 4) != 7);
  // Of what may not be written, neither may the view.
  const auto& constant = x;
  CHECK(std::is_const_v<std::remove_reference_t<decltype(as_xtensor(constant)(0, 0, 0, 0))>>);
}

TEST_CASE("as_xtensor: one sample, and axes of one index") {
  Tensor<double, Shape<dynamic, 1, 2>> x(1, {3, 4});
  const auto seen = as_xtensor(x);
  CHECK(seen.shape(0) == 1);
  CHECK(xt::sum(seen)() == 7);
  CHECK(seen(0, 0, 1) == 4);
}

TEST_CASE_TEMPLATE("from_xtensor: an expression is evaluated into the layout", L, Contiguous,
                   ChannelsLast) {
  const xt::xtensor<float, 4> a = xt::random::rand<float>({2, 3, 4, 5});
  const Tensor<float, Image, L> x = io::from_xtensor<Image, L>(2 * a + 1);
  REQUIRE(x.batch() == 2);
  for (Index n = 0; n < 2; ++n)
    for (Index c = 0; c < 3; ++c)
      for (Index h = 0; h < 4; ++h)
        for (Index w = 0; w < 5; ++w) CHECK(x(n, c, h, w) == 2 * a(n, c, h, w) + 1);
  // A fixed shape, and a view whose elements are not neighbours.
  const auto row = io::from_xtensor<Shape<5>>(xt::view(a, 1, 0, 2));
  CHECK(row(3) == a(1, 0, 2, 3));
  const auto turned = io::from_xtensor<Shape<5, 4>>(xt::transpose(xt::view(a, 0, 1)));
  CHECK(turned(4, 1) == a(0, 1, 1, 4));
}

TEST_CASE("from_xtensor: an expression of another shape is refused") {
  const xt::xtensor<float, 2> a = xt::zeros<float>({2, 3});
  CHECK(test::error_of([&] { (void)io::from_xtensor<Shape<3, 2>>(a); }) ==
        "the expression has the shape 2x3; 3x2 is wanted");
  CHECK(test::error_of([&] { (void)io::from_xtensor<Shape<dynamic, 4>>(a, "scores"); }) ==
        "scores has the shape 2x3; Nx4 is wanted (N: any number)");
  CHECK(test::error_of([&] { (void)io::from_xtensor<Shape<6>>(a); }) ==
        "the expression has the shape 2x3; 6 is wanted");
}

TEST_CASE_TEMPLATE("save_npy, load_npy: there and back, in any layout", L, Contiguous,
                   ChannelsLast) {
  const test::TemporaryFolder folder;
  const auto x = image<L>(3);
  io::save_npy(folder / "x.npy", x);
  const auto same = io::load_npy<float, Image, L>(folder / "x.npy");
  const auto other = io::load_npy<float, Image, Contiguous>(folder / "x.npy");
  CHECK(same.batch() == 3);
  CHECK(test::logical_values(same.view()) == test::logical_values(x.view()));
  CHECK(test::logical_values(other.view()) == test::logical_values(x.view()));
  CHECK(folder.names() == std::vector<std::string>{"x.npy"});
}

TEST_CASE("save_npy: the bytes that numpy.save writes") {
  const test::TemporaryFolder folder;
  const Tensor<float, Shape<2, 3>> x{1, 2, 3, 4, 5, 6};
  io::save_npy(folder / "x.npy", x);
  CHECK(io::read_file(folder / "x.npy") ==
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
            bytes_of({1, 2, 3, 4, 5, 6})));
}

TEST_CASE("load_npy: what NumPy writes, in C and Fortran order") {
  const test::TemporaryFolder folder;
  io::write_file(folder / "c.npy",
                 npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                     bytes_of({1, 2, 3, 4, 5, 6})));
  io::write_file(folder / "f.npy", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
                                       bytes_of({1, 4, 2, 5, 3, 6})));
  for (const char* name : {"c.npy", "f.npy"}) {
    const auto x = io::load_npy<float, Shape<2, 3>>(folder / name);
    CHECK(test::logical_values(x.view()) == std::vector<double>{1, 2, 3, 4, 5, 6});
  }
}

TEST_CASE("load_npy: long headers, version 2, and arrays without elements") {
  const test::TemporaryFolder folder;
  const std::string type = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  const std::string spaces(200, ' ');  // a length that is negative in a signed byte
  io::write_file(folder / "long.npy",
                 npy(type + "(2, 3), }" + spaces, bytes_of({1, 2, 3, 4, 5, 6})));
  std::string second = npy(type + "(2, 3), }", bytes_of({1, 2, 3, 4, 5, 6}));
  second[6] = 2;
  second.insert(10, 2, '\0');
  io::write_file(folder / "second.npy", second);
  for (const char* name : {"long.npy", "second.npy"}) {
    const auto x = io::load_npy<float, Shape<dynamic, 3>>(folder / name);
    CHECK(test::logical_values(x.view()) == std::vector<double>{1, 2, 3, 4, 5, 6});
  }
  io::write_file(folder / "none.npy", npy(type + "(0, 3), }", ""));
  CHECK(io::load_npy<float, Shape<dynamic, 3>>(folder / "none.npy").batch() == 0);
}

TEST_CASE("load_npy: a wrong file is refused, with what is wrong and where") {
  const test::TemporaryFolder folder;
  const auto path = folder / "x.npy";
  const auto message = [&](const std::string& content) {
    io::write_file(path, content);
    const std::string text = test::error_of([&] { (void)io::load_npy<float, Shape<2, 2>>(path); });
    CHECK(text.starts_with(path.string()));
    return text.substr(std::min(text.size(), path.string().size()));
  };
  const std::string type = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  const std::string good = npy(type + "(2, 2), }", bytes_of({1, 2, 3, 4}));
  CHECK(message("GIF89a, and more of it") ==
        " is no .npy file: it does not begin with NumPy's magic words");
  CHECK(message("") == " is no .npy file: it does not begin with NumPy's magic words");
  CHECK(message(good.substr(0, 40)) == " ends within its header: copy or download it again");
  CHECK(message(good.substr(0, good.size() - 1)) ==
        " ends before its numbers do, of the shape 2,2: copy or download it again");
  CHECK(message(npy(type + "(4,), }", bytes_of({1, 2, 3, 4}))) ==
        " has the shape 4; 2x2 is wanted");
  CHECK(message(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }",
                    bytes_of({1, 2, 3, 4})))
            .starts_with(" cannot be read as .npy: "));
  const std::string not_numpy =
      " has a header that NumPy does not write: save the array again with numpy.save";
  CHECK(message(npy("{'shape': (2, 2)}", "")) == not_numpy);
  CHECK(message(npy(type + "(x, 2), }", "")) == not_numpy);
  CHECK(message(npy("", "")) == not_numpy);
  CHECK(message(npy(type + "(4611686018427387904,), }", "")) == not_numpy);
  // Their product, times four, is 0 in 64 bits.
  CHECK(
      message(npy(type + "(1073741824, 4294967296), }", "")) ==
      " ends before its numbers do, of the shape 1073741824,4294967296: copy or download it again");
  CHECK(message(npy(type + "(2, 1000000), }", bytes_of({1, 2, 3, 4}))) ==
        " ends before its numbers do, of the shape 2,1000000: copy or download it again");
  CHECK(test::error_of([&] {
          (void)io::load_npy<float, Shape<2>>(folder / "none.npy");
        }).find("none.npy") != std::string::npos);
}
