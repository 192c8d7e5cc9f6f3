// fracture_audit: what a folder of radiographs repeats, and a split that repeats nothing.
#include <osteon/core/error.hpp>
#include <osteon/data/audited_split.hpp>

#include "findings.hpp"
#include "options.hpp"
#include "page.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <system_error>
#include <thread>

namespace {

void write_split(const fracture::AuditRequest& request, const fracture::Findings& findings) {
  const auto split = osteon::data::audited_split(findings.folder, findings.audit, request.parts);
  osteon::data::write_split_csv(request.out / "split.csv", findings.folder, findings.audit, split);
  std::printf("split: %zu to train on, %zu to validate, %zu to test; %zu dropped\n",
              split.parts.train.size(), split.parts.val.size(), split.parts.test.size(),
              split.dropped.size());
}

void run(const fracture::AuditRequest& request) {
  std::error_code error;
  std::filesystem::create_directories(request.out, error);
  osteon::require(!error, "cannot create the folder ", request.out.string(), ": ", error.message());
  const fracture::Findings findings = fracture::examine(request);
  std::fputs(fracture::summary(findings).c_str(), stdout);
  fracture::write_json(request.out / "audit.json", findings);
  fracture::write_page(request.out / "audit.html", findings, request.pairs);
  if (request.split) write_split(request, findings);
  std::printf("written to %s\n", request.out.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  fracture::AuditRequest request;
  if (const auto ended = fracture::parse(argc, argv, request)) return *ended;
  if (request.threads == 0)
    request.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  try {
    run(request);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fracture_audit: %s\n", error.what());
    return 1;
  }
}
