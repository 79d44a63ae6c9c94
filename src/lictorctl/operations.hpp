// Everything that lictorctl asks of a manager, as data: noun, verb, help, request, columns.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace lictor::lictorctl {

enum class OptionKind { Text, Integer, Flag, Time };

struct OptionRow {
  std::string_view flag;  // "--description"
  OptionKind kind = OptionKind::Text;
  std::string_view member;  // in the JSON body, or in the query of a GET
  bool required = false;
  std::string_view help;
};

struct ColumnRow {
  std::string_view title;
  std::string_view member;  // of each item; "a.b" goes into objects
};

// Which ids stand in the path, in order; each is given by id or by name and looked up.
enum class Subject { None, Account, VirtualAccount, Token, Instance };

struct OperationRow {
  std::string_view noun;
  std::string_view verb;
  std::string_view help;
  std::string_view example = {};
  std::string_view method;
  std::string_view path;            // {account}, {id}
  Subject subject = Subject::None;  // of {id}: the positional argument
  bool in_account = false;          // needs --account (or the context's)
  bool takes_va = false;            // --va NAME, sent as "virtual_account"
  std::vector<OptionRow> options = {};
  std::string_view list_member = {};  // of the answer: the array to show; "" = the answer is one object
  std::vector<ColumnRow> columns = {};
  bool dangerous = false;  // asks for confirmation unless --yes
};

std::span<const OperationRow> operations();

}  // namespace lictor::lictorctl
