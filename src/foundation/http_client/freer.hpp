// A deleter for handles of C libraries: std::unique_ptr<CURL, Freer<curl_easy_cleanup>>. Internal to the room.
#pragma once

namespace lictor::http {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace lictor::http
