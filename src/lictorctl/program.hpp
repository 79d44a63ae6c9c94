// The program: command line in, exit status out.
#pragma once

namespace lictor::lictorctl {

int run(int argc, char** argv);

}  // namespace lictor::lictorctl
