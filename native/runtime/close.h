// Ending instances.
#pragma once

namespace wembed {

struct Gone;
struct Instance;

// Whether a call is running on an exec_env made for the instance. Such an instance must not be
// closed.
bool is_running(const Instance& instance);

// Ends an instance: its exec_env goes, its storage as soon as its group allows. Host functions that
// others can reach through it fail from now on.
void close_instance(Instance& instance);

// The same for a host that keeps its functions until it is told that they can go.
void retire_instance(Instance& instance, const Gone& gone);

}  // namespace wembed
