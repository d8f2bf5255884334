// Which closed instances of a group nobody can get at any more.
//
// What has been within reach of others is kept when it is closed (store.h), and found here once
// nothing leads to it: from the open instances one follows imports, the functions in tables and
// globals, and those that the embedder knows by number. Frames are not looked at. Nothing may run
// in the group meanwhile, and what is about to begin is held up: each exec_env's stack limit goes,
// so that the first check of the guest leads to op_interrupted(), which waits for the look to end.
// Entries need no fence for that, order_all_threads() is one for them.
//
// A look costs as much as the group is large. It is due when what was closed since the last one is
// worth that, so that closing an instance costs a bounded number of steps on the average.
#pragma once

namespace wembed {

struct Instance;
class Store;

// Under Runtime::store_mutex(). Takes the instances out of the group that it need not keep, as a
// list by Instance::Cold::next; null: there are none, or it cannot be told now. The group lives on
// in one that stays.
Instance* take_unreachable(Store& store);

// An instance was closed in a group where closed ones stay: whether it is time for a look.
[[nodiscard]] bool is_look_due(Store& store, const Instance& closed);

}  // namespace wembed
