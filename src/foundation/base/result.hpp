// Result<T>: a T or an Error. Cannot be dropped unseen. Built over tl::expected; `if (!r) return r.error();` passes
// an error on, `return Error{...}` makes one.
#pragma once

#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "foundation/base/error.hpp"

namespace lictor {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  using Base = tl::expected<T, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(tl::unexpect, std::move(error)) {}
  Result(Base&& base) : Base(std::move(base)) {}

  // The next step on the value, or the error passed on; `f` returns a Result.
  template <class F>
  auto and_then(F&& f) const& -> std::invoke_result_t<F, const T&> {
    if (!this->has_value()) return this->error();
    return std::forward<F>(f)(**this);
  }
  template <class F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (!this->has_value()) return std::move(this->error());
    return std::forward<F>(f)(std::move(**this));
  }
};

template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
  using Base = tl::expected<void, Error>;

 public:
  using Base::Base;
  Result() = default;
  Result(Error error) : Base(tl::unexpect, std::move(error)) {}
};

}  // namespace lictor
