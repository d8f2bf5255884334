// Ending instances.
#pragma once

namespace wembed {

struct Instance;

// Whether a call is running on an exec_env made for the instance. Such an instance must not be
// closed.
bool is_running(const Instance& instance);

// Ends an instance: its exec_env goes, its storage as soon as its group allows.
void close_instance(Instance& instance);

}  // namespace wembed
