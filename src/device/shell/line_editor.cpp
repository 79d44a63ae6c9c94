#include "device/shell/line_editor.hpp"

#include <errno.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>

namespace lictor::device {
namespace {

class LibeditLine final : public LineEditor {
 public:
  LibeditLine(int descriptor, LineHandlers handlers) : descriptor_(descriptor), handlers_(std::move(handlers)) {
    history_ = history_init();
    HistEvent event;
    history(history_, &event, H_SETSIZE, 256);
    history(history_, &event, H_SETUNIQUE, 1);
    el_ = el_init("lictor-device", stdin, stdout, stderr);
    el_set(el_, EL_CLIENTDATA, this);
    el_set(el_, EL_PROMPT, &LibeditLine::prompt);
    el_set(el_, EL_EDITOR, "emacs");
    el_set(el_, EL_SIGNAL, 0);
    el_set(el_, EL_HIST, history, history_);
    el_set(el_, EL_GETCFN, &LibeditLine::get_character);
    el_set(el_, EL_ADDFN, "ios-help", "List what may follow", &LibeditLine::help_key);
    el_set(el_, EL_ADDFN, "ios-complete", "Complete the word", &LibeditLine::tab_key);
    el_set(el_, EL_ADDFN, "ios-end", "Leave configuration mode", &LibeditLine::end_key);
    el_set(el_, EL_ADDFN, "ios-abort", "Give the line up", &LibeditLine::abort_key);
    bind();
  }
  ~LibeditLine() override {
    el_end(el_);
    history_end(history_);
  }

  Typed read(const std::string& prompt) override {
    prompt_ = prompt;
    end_ = End::Line;
    int count = 0;
    const char* text = el_gets(el_, &count);
    if (end_ != End::Line) {
      std::fputc('\n', stdout);
      return {end_, ""};
    }
    if (text == nullptr || count <= 0) return {End::EndOfInput, ""};
    std::string line(text, static_cast<std::size_t>(count));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    if (!line.empty()) {
      HistEvent event;
      history(history_, &event, H_ENTER, line.c_str());
    }
    return {End::Line, line};
  }

 private:
  // Keys of ux-facts 2.4; the terminal sends no signals while a line is edited.
  void bind() {
    el_set(el_, EL_BIND, "?", "ios-help", nullptr);
    el_set(el_, EL_BIND, "\t", "ios-complete", nullptr);
    el_set(el_, EL_BIND, "^Z", "ios-end", nullptr);
    el_set(el_, EL_BIND, "^C", "ios-abort", nullptr);
    el_set(el_, EL_BIND, "^W", "ed-delete-prev-word", nullptr);
    el_set(el_, EL_SETTY, "-d", "-isig", nullptr);
  }

  static LibeditLine& of(EditLine* el) {
    void* self = nullptr;
    el_get(el, EL_CLIENTDATA, &self);
    return *static_cast<LibeditLine*>(self);
  }
  static char* prompt(EditLine* el) { return of(el).prompt_.data(); }

  static std::string left_of_cursor(EditLine* el) {
    const LineInfo* info = el_line(el);
    return {info->buffer, info->cursor};
  }

  // Waits for the keyboard; what arrives from the daemon meanwhile is printed above the line.
  static int get_character(EditLine* el, wchar_t* out) {
    LibeditLine& self = of(el);
    while (true) {
      pollfd watched[2] = {{STDIN_FILENO, POLLIN, 0}, {self.descriptor_, POLLIN, 0}};
      const nfds_t count = self.descriptor_ >= 0 ? 2 : 1;
      if (poll(watched, count, -1) < 0 && errno != EINTR) return -1;
      if (count == 2 && watched[1].revents != 0) {
        const std::string text = self.handlers_.arrived();
        if ((watched[1].revents & (POLLHUP | POLLERR)) != 0) self.descriptor_ = -1;
        if (!text.empty()) {
          std::fputs(("\r\033[K" + text).c_str(), stdout);
          el_set(el, EL_REFRESH);
        }
      }
      if (watched[0].revents == 0) continue;
      unsigned char byte = 0;
      const ssize_t n = ::read(STDIN_FILENO, &byte, 1);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return static_cast<int>(n);
      *out = byte;  // the shell speaks ASCII
      return 1;
    }
  }

  static unsigned char help_key(EditLine* el, int) {
    LibeditLine& self = of(el);
    const std::string left = left_of_cursor(el);
    std::fputs(("?\n" + self.handlers_.help(left) + "\n").c_str(), stdout);
    return CC_REDISPLAY;
  }
  static unsigned char tab_key(EditLine* el, int) {
    LibeditLine& self = of(el);
    const std::string left = left_of_cursor(el);
    const Completion c = self.handlers_.complete(left);
    const bool again = self.last_tab_ == left;
    self.last_tab_ = left;
    if (!c.insert.empty()) {
      el_insertstr(el, c.insert.c_str());
      return CC_REFRESH;
    }
    if (!again || c.words.size() < 2) return CC_REFRESH_BEEP;
    std::string list = "\n";
    for (const auto& w : c.words) list += w + "  ";
    std::fputs((list + "\n").c_str(), stdout);
    return CC_REDISPLAY;
  }
  static unsigned char end_key(EditLine* el, int) {
    of(el).end_ = End::EndKey;
    return CC_EOF;
  }
  static unsigned char abort_key(EditLine* el, int) {
    of(el).end_ = End::Interrupt;
    return CC_EOF;
  }

  int descriptor_;
  LineHandlers handlers_;
  EditLine* el_ = nullptr;
  History* history_ = nullptr;
  std::string prompt_;
  std::string last_tab_;
  End end_ = End::Line;
};

}  // namespace

std::unique_ptr<LineEditor> make_line_editor(int descriptor, LineHandlers handlers) {
  return std::make_unique<LibeditLine>(descriptor, std::move(handlers));
}

}  // namespace lictor::device
