// Readers for many threads: each borrows one for the time of a call. Thread: any.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "server/storage/store.hpp"

namespace lictor::storage {

class ReaderPool {
 public:
  explicit ReaderPool(Store& store) : store_(store) {}

  // A borrowed reader goes back when this is destroyed; it must not outlive the pool.
  class Borrowed {
   public:
    Borrowed(ReaderPool& pool, std::unique_ptr<ReadStore> reader) : pool_(&pool), reader_(std::move(reader)) {}
    Borrowed(Borrowed&&) = default;
    Borrowed& operator=(Borrowed&&) = delete;
    ~Borrowed() {
      if (reader_) pool_->give_back(std::move(reader_));
    }
    ReadStore* operator->() const { return reader_.get(); }
    ReadStore& operator*() const { return *reader_; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<ReadStore> reader_;
  };
  // Errors: those of Store::open_reader.
  Result<Borrowed> borrow() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return Borrowed(*this, std::move(reader));
      }
    }
    auto reader = store_.open_reader();
    if (!reader) return reader.error();
    return Borrowed(*this, std::move(*reader));
  }

 private:
  void give_back(std::unique_ptr<ReadStore> reader) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(reader));
  }
  Store& store_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ReadStore>> idle_;
};

}  // namespace lictor::storage
