// lictorctl: the administrator's command line.
#include "lictorctl/program.hpp"

int main(int argc, char** argv) {
  return lictor::lictorctl::run(argc, argv);
}
