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
