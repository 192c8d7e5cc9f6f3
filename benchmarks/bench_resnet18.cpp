// How long do a prediction and a step of training of ResNet-18 take, and how much memory? Each row
// is measured in a process of its own.
//
//   bench_resnet18 [--row NAME]... [--threads N] [--repetitions N] [--json FILE]
//   bench_resnet18 --serve
//
// --serve is how compare_pytorch.py takes turns with it. One line on stdin is one question, one
// line on stdout its answer, "error: ..." if there is none:
//
//   run ROW           milliseconds of one run (the first of a row also allocates)
//   example ROW DIR   writes weights, input and outputs to DIR
//   memory            the process's peak, in 10^6 bytes
#include "program.hpp"
#include "resnet18.hpp"

#include <cstdio>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace osteon;

namespace {

/// Answers one question; the work of the last row is kept.
class Server {
 public:
  std::string answer(const std::string& question) {
    std::istringstream words(question);
    std::string verb, row, folder;
    words >> verb >> row >> std::ws;
    std::getline(words, folder);
    if (verb == "run") return concat(bench::milliseconds([&work = prepare(row)] { work.run(); }));
    if (verb == "example") {
      prepare(row).save_example(folder);
      return "saved";
    }
    if (verb == "memory") return concat(bench::peak_megabytes());
    fail("\"", question, "\" is none of: run ROW, example ROW DIR, memory");
  }

 private:
  bench::Work& prepare(const std::string& row) {
    if (row != row_) {
      work_.reset();
      work_ = bench::make_work(bench::find_row(row));
      row_ = row;
    }
    return *work_;
  }

  std::string row_;
  std::unique_ptr<bench::Work> work_;
};

void serve(int threads) {
  cpu::set_num_threads(threads);
  Server server;
  for (std::string line; std::getline(std::cin, line);) {
    std::string answer;
    try {
      answer = server.answer(line);
    } catch (const std::exception& error) {
      answer = concat("error: ", error.what());
    }
    std::cout << answer << std::endl;
  }
}

struct Figures {
  bench::Spread ms;
  double megabytes;
};

Figures measure(const bench::Row& row, const bench::Options& options) {
  cpu::set_num_threads(options.threads);
  const auto work = bench::make_work(row);
  const std::function<void()> bodies[] = {[&] { work->run(); }};
  const auto ms = bench::spread(bench::take_turns(options.repetitions, bodies)[0]);
  return {ms, bench::peak_megabytes()};
}

void measure_rows(const std::vector<std::string>& names, const bench::Options& options) {
  std::printf("ResNet-18, 2 classes, on %s, %d thread(s), median of %d\n\n",
              bench::processor().c_str(), options.threads, options.repetitions);
  std::printf("%-15s %9s %19s %9s %9s\n", "row", "ms", "middle half", "images/s", "peak MB");
  io::Json results = io::Json::array();
  for (const std::string& name : names) {
    const bench::Row& row = bench::find_row(name);
    const auto [ms, megabytes] = bench::in_own_process([&] { return measure(row, options); });
    const double rate = 1e3 * static_cast<double>(row.batch) / ms.median;
    std::printf("%-15s %9.1f %9.1f-%9.1f %9.1f %9.0f\n", name.c_str(), ms.median, ms.low, ms.high,
                rate, megabytes);
    io::Json& result = results.emplace_back(io::Json{{"name", name}});
    bench::put(result, "ours", ms);
    result["images_per_second"] = rate;
    result["peak_megabytes"] = megabytes;
  }
  bench::write_rows(options, results);
}

}  // namespace

int main(int argc, char** argv) {
  cli::CommandLine line("ResNet-18: milliseconds and memory of inference and training",
                        "bench_resnet18");
  std::vector<std::string> names;
  for (const bench::Row& row : bench::rows) names.emplace_back(row.name);
  bool serving = false;
  line.add("--row", names, "Rows to measure; default: all").choices(names).hide_default();
  line.flag("--serve", serving, "Answer questions on stdin (see the source)");
  bench::Options options;
  return bench::run_program(line, options, argc, argv, [&] {
    serving ? serve(options.threads) : measure_rows(names, options);
  });
}
