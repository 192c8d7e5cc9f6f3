#include "findings.hpp"

#include <osteon/io/json.hpp>
#include <osteon/train/progress.hpp>

#include <algorithm>
#include <set>
#include <string_view>

namespace fracture {
namespace {

using namespace osteon;
using data::AuditedFile;
using data::Part;
using io::Json;

void count(Findings& f) {
  const data::Audit& audit = f.audit;
  f.contents = count_distinct(audit, &AuditedFile::content);
  f.sources = count_distinct(audit, &AuditedFile::source);
  std::vector<std::set<int>> classes_of(audit.groups);
  for (std::size_t i = 0; i < audit.files.size(); ++i) {
    const AuditedFile& file = audit.files[i];
    f.pictures += file.readable() && file.picture == i ? 1 : 0;
    f.same_pixels += file.readable() && file.content == i && file.picture != i ? 1 : 0;
    if (file.condition == data::Condition::truncated) f.truncated.push_back(i);
    if (!file.readable()) f.unreadable.push_back(i);
    classes_of[file.group].insert(f.folder.samples[i].label);
  }
  f.class_groups.resize(f.folder.classes.size());
  for (const std::set<int>& classes : classes_of)
    ++(classes.size() > 1 ? f.mixed_groups
                          : f.class_groups[static_cast<std::size_t>(*classes.begin())]);
  for (std::size_t i = 0; i < audit.near_repeats.size(); ++i) {
    const auto [a, b] = std::pair(audit.near_repeats[i].first, audit.near_repeats[i].second);
    if (audit.files[a].source != audit.files[b].source) f.unnamed.push_back(i);
    if (f.folder.samples[a].label != f.folder.samples[b].label) f.conflicting.push_back(i);
  }
  for (const Part part : {Part::val, Part::test}) {
    for (const Part other : {Part::train, Part::val}) {
      if (part == other || !f.folder.has(part) || !f.folder.has(other)) continue;
      for (int label = 0; label < static_cast<int>(f.folder.classes.size()); ++label) {
        const auto shared = [&](std::size_t AuditedFile::*what) {
          return count_shared(f.folder, audit, part, label, other, what);
        };
        f.overlaps.push_back({part, other, label, f.folder.count(part, label),
                              shared(&AuditedFile::content), shared(&AuditedFile::picture),
                              shared(&AuditedFile::group)});
      }
    }
  }
}

/// "3 files", "1 file".
std::string counted(std::size_t count, std::string_view what) {
  return concat(count, ' ', what, count == 1 ? "" : "s");
}

/// "title: count", and below it at most ten of the lines.
std::string listed(std::string_view title, const std::vector<std::string>& lines) {
  std::string text = concat(title, ": ", lines.size(), '\n');
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 10); ++i)
    text += concat("  ", lines[i], '\n');
  if (lines.size() > 10) text += concat("  and ", lines.size() - 10, " more, all in audit.json\n");
  return text;
}

/// Each file's path, with what is wrong.
std::vector<std::string> with_problems(const Findings& f, const std::vector<std::size_t>& files) {
  std::vector<std::string> lines;
  for (const std::size_t i : files) {
    const std::string& problem = f.audit.files[i].problem;
    lines.push_back(concat(f.path(i), problem.empty() ? "" : ": ", problem));
  }
  return lines;
}

std::string padded(const std::string& text, std::size_t width, bool right = true) {
  const std::string blanks(text.size() < width ? width - text.size() : 0, ' ');
  return right ? blanks + text : text + blanks;
}

std::string overlap_table(const Findings& f) {
  if (f.overlaps.empty()) return "";
  std::size_t width = 0;
  for (const std::string& name : f.folder.classes) width = std::max(width, name.size());
  std::string text =
      concat("\n", padded("", width + 16), "  files  same bytes  same pixels  same group\n");
  for (const Overlap& o : f.overlaps) {
    text += concat(padded(concat(to_string(o.part), " in ", to_string(o.other)), 14, false), "  ",
                   padded(f.class_name(o.label), width, false), padded(std::to_string(o.files), 7),
                   padded(std::to_string(o.contents), 12), padded(std::to_string(o.pictures), 13),
                   padded(std::to_string(o.groups), 12), '\n');
  }
  return text;
}

Json near_repeat_json(const Findings& f, std::size_t i) {
  const data::NearRepeat& pair = f.audit.near_repeats[i];
  return {{"first", f.path(pair.first)},
          {"second", f.path(pair.second)},
          {"similarity", pair.alignment.similarity},
          {"agreement", pair.agreement},
          {"degrees", pair.alignment.degrees},
          {"mirrored", pair.alignment.mirrored}};
}

Json near_repeats_json(const Findings& f, const std::vector<std::size_t>& which) {
  Json list = Json::array();
  for (const std::size_t i : which) list.push_back(near_repeat_json(f, i));
  return list;
}

Json paths_json(const Findings& f, const std::vector<std::size_t>& files) {
  Json list = Json::array();
  for (const std::size_t i : files) list.push_back(f.path(i));
  return list;
}

Json conflicts_json(const Findings& f) {
  Json list = Json::array();
  for (const std::size_t picture : f.audit.conflicting) {
    Json files = Json::array();
    for (std::size_t i = picture; i < f.audit.files.size(); ++i)
      if (f.audit.files[i].picture == picture && f.audit.files[i].readable())
        files.push_back(f.path(i));
    list.push_back(std::move(files));
  }
  return list;
}

Json groups_json(const Findings& f) {
  std::vector<Json> groups(f.audit.groups, Json::array());
  for (std::size_t i = 0; i < f.audit.files.size(); ++i)
    groups[f.audit.files[i].group].push_back(f.path(i));
  return groups;
}

}  // namespace

Findings examine(const AuditRequest& request) {
  Findings findings;
  findings.folder = data::read_image_folder(request.data);
  train::Progress progress("decoding", static_cast<std::int64_t>(findings.folder.samples.size()),
                           "files");
  findings.audit = data::audit(findings.folder, {.near_repeats = request.near_repeats,
                                                 .threads = request.threads,
                                                 .progress = [&](std::size_t done, std::size_t) {
                                                   progress.update(static_cast<std::int64_t>(done));
                                                 }});
  progress.finish();
  count(findings);
  return findings;
}

std::string summary(const Findings& f) {
  const std::size_t files = f.audit.files.size();
  std::string text = concat(f.folder.root.string(), ": ", counted(files, "image file"), " in ",
                            f.folder.classes.size(), " classes\n");
  text += listed("left out, stray files that are no images", f.folder.stray);
  text += listed("left out, images in no class folder", f.folder.unlabelled);
  text += listed("truncated", with_problems(f, f.truncated));
  text += listed("unreadable", with_problems(f, f.unreadable));
  text += concat("repeats byte for byte: ", counted(files - f.contents, "file"), "; ",
                 counted(f.contents, "distinct content"), '\n');
  text += concat("repeats once decoded: ", f.same_pixels, " more; ",
                 counted(f.pictures, "distinct picture"), '\n');
  text += concat("near repeats, turned, mirrored or saved again: ",
                 counted(f.audit.near_repeats.size(), "pair"), " of pictures, ", f.unnamed.size(),
                 " of them under unrelated names\n");
  text += concat("sources by name: ", f.sources,
                 "\nunder more than one class: ", counted(f.audit.conflicting.size(), "picture"),
                 ", ", counted(f.conflicting.size(), "pair"), " of near repeats\n");
  text += concat("groups that share nothing: ", f.audit.groups);
  for (std::size_t c = 0; c < f.class_groups.size(); ++c)
    text += concat(c == 0 ? " (" : ", ", f.class_groups[c], ' ', f.folder.classes[c]);
  if (f.mixed_groups > 0) text += concat(", ", f.mixed_groups, " of several classes");
  return text + ")\n" + overlap_table(f);
}

void write_json(const std::filesystem::path& path, const Findings& f) {
  Json overlaps = Json::array();
  for (const Overlap& o : f.overlaps)
    overlaps.push_back({{"part", to_string(o.part)},
                        {"other", to_string(o.other)},
                        {"class", f.class_name(o.label)},
                        {"files", o.files},
                        {"same_bytes", o.contents},
                        {"same_pixels", o.pictures},
                        {"same_group", o.groups}});
  Json unreadable = Json::array();
  for (const std::size_t i : f.unreadable)
    unreadable.push_back({{"path", f.path(i)}, {"problem", f.audit.files[i].problem}});
  io::write_json(path, {{"folder", f.folder.root.string()},
                        {"classes", f.folder.classes},
                        {"files", f.audit.files.size()},
                        {"stray", f.folder.stray},
                        {"unlabelled", f.folder.unlabelled},
                        {"truncated", paths_json(f, f.truncated)},
                        {"unreadable", unreadable},
                        {"distinct_contents", f.contents},
                        {"repeats", f.audit.files.size() - f.contents},
                        {"repeats_once_decoded", f.same_pixels},
                        {"distinct_pictures", f.pictures},
                        {"sources", f.sources},
                        {"near_repeat_pairs", f.audit.near_repeats.size()},
                        {"near_repeats_of_unrelated_names", near_repeats_json(f, f.unnamed)},
                        {"conflicting_pictures", conflicts_json(f)},
                        {"conflicting_near_repeats", near_repeats_json(f, f.conflicting)},
                        {"overlap", overlaps},
                        {"groups", groups_json(f)}});
}

}  // namespace fracture
