#include "addon/belongings.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "addon/channel.h"
#include "addon/environment.h"
#include "addon/host_buffer.h"
#include "addon/host_function.h"
#include "addon/link_group.h"

namespace wembed::addon {

namespace {

struct Left {
  std::mutex mutex;
  std::unordered_set<const Belongings*> told;  // while their group still had them
  std::atomic<size_t> told_count{0};           // of these, for who has no lock
  std::unordered_map<const Belongings*, std::unique_ptr<Belongings>> waiting;
  std::vector<std::unique_ptr<Belongings>> aside;
};

// Never destroyed: when the process ends, workers may still be giving instances up.
Left& left() {
  static auto* const all = new Left;
  return *all;
}

// On the thread of the environment that a retired instance is of.
class Told : public Message {
 public:
  explicit Told(Belongings& member) : member_(member) {}
  void deliver(napi_env env) override { tell(env, member_); }

  static void tell(napi_env env, Belongings& member) {
    {
      const std::lock_guard lock(left().mutex);
      const auto waiting = left().waiting.find(&member);
      if (waiting != left().waiting.end()) {
        left().aside.push_back(std::move(waiting->second));
        left().waiting.erase(waiting);
        return;
      }
    }
    if (member.group != nullptr) member.group->was_told_of_late(env, member);
  }

 private:
  Belongings& member_;
};

}  // namespace

bool is_told_here(Belongings& member) {
  Environment& environment = *member.environment;
  const bool is_here = environment.on_js_thread();
  if (is_here && member.group != nullptr) return true;
  if (!is_here && environment.channel.post(std::make_unique<Told>(member))) return false;
  const std::lock_guard lock(left().mutex);
  const auto waiting = left().waiting.find(&member);
  if (waiting == left().waiting.end()) {
    // Or of one whose memory JavaScript still sees: that is dropped with the memory.
    if (!is_here) left().told.insert(&member);
    left().told_count = left().told.size();
  } else {
    left().aside.push_back(std::move(waiting->second));
    left().waiting.erase(waiting);
  }
  return false;
}

void leave_to_others(std::unique_ptr<Belongings> member) {
  member->group = nullptr;
  const std::lock_guard lock(left().mutex);
  if (left().told.erase(member.get()) != 0) {
    left().told_count = left().told.size();
    left().aside.push_back(std::move(member));
  } else {
    left().waiting.emplace(member.get(), std::move(member));
  }
}

void drop_put_aside() {
  std::vector<std::unique_ptr<Belongings>> dropped;
  {
    const std::lock_guard lock(left().mutex);
    // Those of other threads' environments are dropped there.
    auto& aside = left().aside;
    const auto mine = std::partition(aside.begin(), aside.end(), [](const auto& member) {
      const Environment& environment = *member->environment;
      return environment.env != nullptr && !environment.on_js_thread();
    });
    std::move(mine, aside.end(), std::back_inserter(dropped));
    aside.erase(mine, aside.end());
  }
}

Belongings::Belongings() = default;
// Nobody may take the next one at this address for one that was told of.
Belongings::~Belongings() {
  if (left().told_count == 0) return;
  const std::lock_guard lock(left().mutex);
  left().told.erase(this);
  left().told_count = left().told.size();
}

HostFunction& Belongings::add(std::unique_ptr<HostFunction> host) {
  host->home = this;
  host->place = hosts.size();
  hosts.push_back(std::move(host));
  return *hosts.back();
}

void Belongings::drop(napi_env env, HostFunction& host) {
  const size_t place = host.place;
  host.drop(env);
  std::swap(hosts[place], hosts.back());
  hosts[place]->place = place;
  hosts.pop_back();
}

void Belongings::drop_all(napi_env env) {
  for (const auto& host : std::exchange(hosts, {})) host->drop(env);
}

}  // namespace wembed::addon
