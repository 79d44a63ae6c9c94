// fuzz_seeds FOLDER: writes FOLDER/seeds/<target>/<name> and FOLDER/dictionaries/<target>.dict.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "fuzz/seeds.hpp"

namespace {

bool write(const std::filesystem::path& path, std::string_view contents) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  return static_cast<bool>(out.flush());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::remove_all(folder / "seeds");
  bool good = true;
  for (const auto& seed : lictor::fuzz::make_seeds()) {
    good = write(folder / "seeds" / seed.target / seed.name, lictor::as_text(seed.input)) && good;
  }
  for (const auto& dictionary : lictor::fuzz::make_dictionaries()) {
    good = write(folder / "dictionaries" / (dictionary.target + ".dict"), dictionary.text) && good;
  }
  return good ? 0 : 1;
}
