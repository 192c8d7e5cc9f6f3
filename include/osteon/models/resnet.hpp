// ResNet-18 and ResNet-34, as torchvision builds them, parameter names included.
//
// He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
#pragma once

#include <osteon/nn/activation.hpp>
#include <osteon/nn/batch_norm2d.hpp>
#include <osteon/nn/conv2d.hpp>
#include <osteon/nn/init.hpp>
#include <osteon/nn/linear.hpp>
#include <osteon/nn/pool2d.hpp>
#include <osteon/nn/residual.hpp>
#include <osteon/nn/sequential.hpp>

namespace osteon::models {

namespace detail {

template <Index Channels, Index Stride>
struct BasicBranch
    : nn::Sequential<nn::Named<"conv1", nn::Conv2d<Channels, 3, Stride, 1, nn::no_bias>>,
                     nn::Named<"bn1", nn::BatchNorm2d>, nn::ReLU,
                     nn::Named<"conv2", nn::Conv2d<Channels, 3, 1, 1, nn::no_bias>>,
                     nn::Named<"bn2", nn::BatchNorm2d>> {};

/// Everything before the blocks: the image at a quarter of its size, 64 channels.
struct Stem : nn::Sequential<nn::Named<"conv1", nn::Conv2d<64, 7, 2, 3, nn::no_bias>>,
                             nn::Named<"bn1", nn::BatchNorm2d>, nn::ReLU, nn::MaxPool2d<3, 2, 1>> {
};

}  // namespace detail

/// Two 3x3 convolutions around a shortcut.
template <Index Channels, Index Stride = 1>
struct BasicBlock : nn::Sequential<nn::Named<"", nn::Residual<detail::BasicBranch<Channels, Stride>,
                                                              nn::Projection<Channels, Stride>>>,
                                   nn::ReLU> {};

namespace detail {

/// The first block of a stage takes the stride.
template <Index Channels, Index Stride, std::size_t... Rest>
nn::Sequential<BasicBlock<Channels, Stride>,
               std::conditional_t<(Rest >= 0), BasicBlock<Channels>, void>...>
    make_stage(std::index_sequence<Rest...>);

template <Index Channels, Index Stride, std::size_t Blocks>
struct Stage : decltype(make_stage<Channels, Stride>(std::make_index_sequence<Blocks - 1>{})) {};

}  // namespace detail

/// A ResNet of basic blocks: the numbers of blocks of its four stages.
template <Index Classes, std::size_t B1, std::size_t B2, std::size_t B3, std::size_t B4>
struct BasicResNet
    : nn::Sequential<nn::Named<"", detail::Stem>, nn::Named<"layer1", detail::Stage<64, 1, B1>>,
                     nn::Named<"layer2", detail::Stage<128, 2, B2>>,
                     nn::Named<"layer3", detail::Stage<256, 2, B3>>,
                     nn::Named<"layer4", detail::Stage<512, 2, B4>>, nn::GlobalAvgPool2d,
                     nn::Named<"fc", nn::Linear<Classes>>> {
  static constexpr auto initialization = nn::Initialization::kaiming_normal_fan_out;
};

/// 11,689,512 parameters for 1000 classes.
template <Index Classes>
struct ResNet18 : BasicResNet<Classes, 2, 2, 2, 2> {};

/// 21,797,672 parameters for 1000 classes.
template <Index Classes>
struct ResNet34 : BasicResNet<Classes, 3, 4, 6, 3> {};

}  // namespace osteon::models
