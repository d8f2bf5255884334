#include "addon/belongings.h"

#include <utility>

#include "addon/host_buffer.h"
#include "addon/host_function.h"

namespace wembed::addon {

Belongings::Belongings() = default;
Belongings::~Belongings() = default;

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
