#include "findings.hpp"

#include <osteon/io/json.hpp>
#include <osteon/train/progress.hpp>

#include <algorithm>
#include <set>

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
  std::vector<std::set<std::size_t>> groups(f.folder.classes.size());
  for (std::size_t i = 0; i < audit.files.size(); ++i) {
    const AuditedFile& file = audit.files[i];
    f.pictures += file.readable() && file.picture == i ? 1 : 0;
    f.same_pixels += file.readable() && file.content == i && file.picture != i ? 1 : 0;
    if (file.condition == data::Condition::truncated) f.truncated.push_back(i);
    if (!file.readable()) f.unreadable.push_back(i);
    groups[static_cast<std::size_t>(f.folder.samples[i].label)].insert(file.group);
  }
  for (const auto& of_class : groups) f.class_groups.push_back(of_class.size());
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

/// "  path" for at most ten files, with what is wrong.
std::string listed(const Findings& f, const std::vector<std::size_t>& files) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(files.size(), 10); ++i) {
    const std::string& problem = f.audit.files[files[i]].problem;
    text += concat("  ", f.path(files[i]), problem.empty() ? "" : ": ", problem, '\n');
  }
  if (files.size() > 10) text += concat("  and ", files.size() - 10, " more, all in audit.json\n");
  return text;
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
  std::string text =
      concat(f.folder.root.string(), ": ", files, " files in ", f.folder.classes.size(),
             " classes; ", f.folder.stray.size(), " stray files left out\n");
  text += concat("truncated: ", f.truncated.size(), '\n', listed(f, f.truncated));
  text += concat("unreadable: ", f.unreadable.size(), '\n', listed(f, f.unreadable));
  text += concat("repeats byte for byte: ", files - f.contents, " files; ", f.contents,
                 " distinct contents\n");
  text += concat("repeats once decoded: ", f.same_pixels, " more; ", f.pictures,
                 " distinct pictures\n");
  text += concat("near repeats, turned, mirrored or saved again: ", f.audit.near_repeats.size(),
                 " pairs of pictures, ", f.unnamed.size(), " of them under unrelated names\n");
  text += concat("sources by name: ", f.sources,
                 "\nunder more than one class: ", f.audit.conflicting.size(), " pictures, ",
                 f.conflicting.size(), " pairs of near repeats\n");
  text += concat("groups that share nothing: ", f.audit.groups);
  for (std::size_t c = 0; c < f.class_groups.size(); ++c)
    text += concat(c == 0 ? " (" : ", ", f.class_groups[c], ' ', f.folder.classes[c]);
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
