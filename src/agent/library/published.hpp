// A value that one writer replaces and any number of threads read without a lock: a reader never waits, the writer
// never waits for a reader. What was replaced is freed by a later publish() that finds no reader inside.
#pragma once

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace lictor::agent {

template <class T>
class Published {
 public:
  explicit Published(std::unique_ptr<const T> first) : current_(first.release()) {}
  ~Published() { delete current_.load(); }  // no reader may be left, as with any object
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  // Any thread. `look` gets the value and must not keep it.
  template <class F>
  decltype(auto) read(F&& look) const {
    const Inside inside(readers_);
    return std::forward<F>(look)(static_cast<const T&>(*current_.load()));
  }

  // One thread at a time. Strong order, all of it: a writer that finds no reader inside after the exchange knows that
  // whoever comes in later finds the new value.
  void publish(std::unique_ptr<const T> next) {
    retired_.emplace_back(nullptr);  // first, as it may throw
    retired_.back().reset(current_.exchange(next.release()));
    if (readers_.load() == 0) retired_.clear();
  }
  // What the writer published last; for the writer.
  [[nodiscard]] const T& latest() const { return *current_.load(); }

 private:
  class Inside {
   public:
    explicit Inside(std::atomic<int>& readers) : readers_(readers) { readers_.fetch_add(1); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { readers_.fetch_sub(1); }

   private:
    std::atomic<int>& readers_;
  };

  std::atomic<const T*> current_;
  mutable std::atomic<int> readers_{0};
  std::vector<std::unique_ptr<const T>> retired_;
};

}  // namespace lictor::agent
