// How many images a second are decoded and scaled to the network's size (antialiased)? On one
// thread and on all, from the files of a folder.
//
//   bench_loader [--data DIR] [--size PX]... [--limit N] [--threads N] [--json FILE]
//   bench_loader --draw DIR [--limit N]   writes synthetic radiographs of 320 px to a new folder
//   bench_loader --data DIR --list        prints the files that it would take
//
// Without --data the images are drawn into a folder that is removed afterwards.
#include <osteon/data/dataset.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/synthetic.hpp>

#include "program.hpp"

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <numeric>
#include <set>
#include <string>
#include <vector>

using namespace osteon;
namespace fs = std::filesystem;

namespace {

struct LoaderOptions : bench::Options {
  fs::path data, draw;
  std::vector<int> sizes{64, 224};
  std::size_t limit = 1000;
  bool list = false;
};

void draw(const fs::path& folder, std::size_t count, int threads) {
  require(count > 0, "--limit 0 takes all images of a folder; give the number of images to draw");
  data::write_synthetic(
      folder, {.train = count, .val = 0, .test = 0, .image_size = 320, .threads = threads});
}

/// At most `limit` images, spread evenly over the folder.
std::vector<data::Sample> choose(const std::vector<data::Sample>& all, std::size_t limit) {
  const std::size_t count = limit == 0 ? all.size() : std::min(limit, all.size());
  std::vector<data::Sample> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
  return chosen;
}

void measure(const LoaderOptions& options, const data::ImageFolder& folder,
             const std::vector<data::Sample>& samples) {
  std::printf("%zu images of %s, on %s, median of %d\n\n", samples.size(), folder.root.c_str(),
              bench::processor().c_str(), options.repetitions);
  std::printf("%6s %9s %9s %19s\n", "pixels", "threads", "images/s", "middle half");
  io::Json rows = io::Json::array();
  for (const int size : options.sizes) {
    for (const int threads : std::set{1, options.threads}) {
      data::ImageDataset images;
      const std::function<void()> load = [&] {
        images = data::load_images(
            folder, samples,
            {.image_size = size, .unreadable = data::UnreadablePolicy::skip, .threads = threads});
      };
      const auto ms = bench::spread(bench::take_turns(options.repetitions, {&load, 1})[0]);
      const auto rate = [&](double time) {
        return 1e3 * static_cast<double>(samples.size()) / time;
      };
      const double mean = std::accumulate(images.pixels.begin(), images.pixels.end(), 0.0) /
                          static_cast<double>(images.pixels.size());
      std::printf("%6d %9d %9.0f %9.0f-%9.0f\n", size, threads, rate(ms.median), rate(ms.high),
                  rate(ms.low));
      io::Json& row = rows.emplace_back(io::Json{{"name", concat("load_", size, "_t", threads)},
                                                 {"size", size},
                                                 {"threads", threads},
                                                 {"images", samples.size()},
                                                 {"images_per_second", rate(ms.median)},
                                                 {"mean_pixel", mean}});
      bench::put(row, "ours", ms);
    }
  }
  bench::write_rows(options, rows);
}

void run(const LoaderOptions& options) {
  if (!options.draw.empty()) return draw(options.draw, options.limit, options.threads);
  const bench::TemporaryFolder drawn;
  if (options.data.empty()) draw(drawn.path(), options.limit, options.threads);
  const auto folder = data::read_image_folder(options.data.empty() ? drawn.path() : options.data);
  const auto samples = choose(folder.samples, options.limit);
  if (!options.list) return measure(options, folder, samples);
  for (const data::Sample& sample : samples) std::printf("%s\n", sample.path.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  cli::CommandLine line("Images a second from files to the network's size", "bench_loader");
  LoaderOptions options;
  line.add("--data", options.data, "Folder of images: DIR/CLASS/* or DIR/train/CLASS/*");
  line.add("--draw", options.draw, "Only write synthetic radiographs to this new folder");
  line.add("--size", options.sizes, "Pixels of a side; may be given several times")
      .check(cli::positive());
  line.add("--limit", options.limit, "Images; 0: all of the folder");
  line.flag("--list", options.list, "Only print the files that would be taken");
  return bench::run_program(line, options, argc, argv, [&] { run(options); });
}
