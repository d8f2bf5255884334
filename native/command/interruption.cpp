#include "command/interruption.h"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>

namespace wembed::command {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<bool> program_runs{false};
std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free);  // a signal handler writes it

bool has_limit = false;
Clock::time_point limit;

void end_by(int number) {
  signal(number, SIG_DFL);
  raise(number);  // comes when it is not blocked any more: at the end of its handler
}

void receive(int number) {
  const bool is_first = received.exchange(number) == 0;
  if (!is_first || !program_runs) end_by(number);
}

}  // namespace

void watch_signals() {
  for (int number : kSignals) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = &receive;
    action.sa_flags = SA_RESTART;  // what the program writes is written
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
  }
}

void begin_program() { program_runs = true; }
void end_program() { program_runs = false; }

void set_time_limit(uint32_t milliseconds) {
  limit = Clock::now() + std::chrono::milliseconds(milliseconds);
  has_limit = true;
}

bool may_go_on(void*) { return received == 0 && !(has_limit && Clock::now() >= limit); }

void pass_on_signal() {
  const int number = received;
  if (number == 0) return;
  std::fflush(nullptr);
  end_by(number);
}

}  // namespace wembed::command
